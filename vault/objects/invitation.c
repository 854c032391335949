/* SPDX-License-Identifier: MIT */
#include "vault/objects/invitation.h"

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "vault/objects/size.h"

#include <string.h>

#define OFFER_VERSION 1

static const char *const words[] = {
	[INVITATION_OFFER] = "offer", [INVITATION_REQUEST] = "request", [INVITATION_REPLY] = "reply"
};

void invitation_wipe(struct invitation *v)
{
	crypto_wipe(v, sizeof(*v));
}

err_t invitation_of(const uint8_t code[INVITATION_CODE], struct invitation *ret)
{
	static const char label[] = "cloudseal invitation";
	cleanup(buf_free) struct buf info = BUF_INIT;
	struct {
		struct key name, seal, mix;
	} keys;
	_Static_assert(sizeof(keys) == 96, "as docs/format.md has it");
	buf_put(&info, label, sizeof(label) - 1);
	buf_id(&info, ret->vault);
	buf_hash(&info, ret->genesis);
	err_t e = buf_ok(&info);
	if (!e)
		e = crypto_hkdf(SPAN(code, INVITATION_CODE), SPAN(NULL, 0), buf_span(&info), &keys, sizeof(keys));
	if (e)
		return e;
	ret->name = keys.name;
	ret->seal = keys.seal;
	ret->mix = keys.mix;
	crypto_wipe(&keys, sizeof(keys));
	return ERR_OK;
}

err_t invitation_name(const struct invitation *v, enum invitation_object which, char ret[ID_TEXT])
{
	uint8_t mac[HASH_LEN];
	err_t e = crypto_hmac(SPAN(v->name.b, sizeof(v->name.b)), span_str(words[which]), mac);
	if (!e)
		id_hex(id_from(mac), ret);
	return e;
}

err_t invitation_about(const struct invitation *v, enum invitation_object which, const struct hash *before,
                       struct buf *out)
{
	static const char label[] = "cloudseal ";
	buf_put(out, label, sizeof(label) - 1);
	buf_put(out, words[which], strlen(words[which]));
	buf_id(out, v->vault);
	buf_hash(out, v->genesis);
	if (before)
		buf_hash(out, *before);
	return buf_ok(out);
}

err_t invitation_pad(struct buf *text, size_t more)
{
	err_t e = buf_ok(text);
	size_t n = e ? 0 : (size_t)object_size(text->len + more) - more - text->len;
	uint8_t *at = e ? NULL : buf_extend(text, n);
	if (at && n)
		memset(at, 0, n);
	return buf_ok(text);
}

bool invitation_padded(const struct rd *r, size_t len, size_t more)
{
	if (r->bad || object_size(len - r->left + more) != len + more)
		return false;
	for (size_t i = 0; i < r->left; i++)
		if (r->p[i])
			return false;
	return true;
}

/* -- the offer ---------------------------------------------------------------------------------------------------- */

err_t invitation_offer_encode(const struct invitation_offer *o, struct buf *text)
{
	buf_u8(text, OFFER_VERSION);
	buf_u64(text, (uint64_t)o->until);
	buf_blob16(text, SPAN(o->box_key, sizeof(o->box_key)));
	return invitation_pad(text, ENVELOPE_LEN);
}

err_t invitation_offer_seal(const struct invitation *v, struct invitation_offer *o, struct buf *out)
{
	cleanup(buf_free) struct buf text = BUF_INIT, about = BUF_INIT;
	const size_t before = out->len;
	err_t e = invitation_offer_encode(o, &text);
	if (!e)
		e = invitation_about(v, INVITATION_OFFER, NULL, &about);
	if (!e)
		e = envelope_seal(v->cipher, &v->seal, buf_span(&about), buf_span(&text), out);
	return e ? e : crypto_sha256(SPAN(out->p + before, out->len - before), &o->hash);
}

err_t invitation_offer_decode(struct span text, struct invitation_offer *ret)
{
	struct rd r = RD(text);
	const uint8_t version = rd_u8(&r);
	struct invitation_offer o = { .until = (int64_t)rd_u64(&r) };
	const struct span key = rd_blob16(&r);
	if (version > OFFER_VERSION)
		return ERR_VERSION;
	if (version < OFFER_VERSION || !invitation_padded(&r, text.len, ENVELOPE_LEN) || key.len != BOX_KEY)
		return ERR_DAMAGED;
	memcpy(o.box_key, key.p, BOX_KEY);
	if (o.box_key[0] != BOX_SUITE)
		return o.box_key[0] ? ERR_VERSION : ERR_DAMAGED;
	*ret = o;
	return ERR_OK;
}

err_t invitation_offer_open(const struct invitation *v, struct span object, struct invitation_offer *ret)
{
	cleanup(buf_free) struct buf text = BUF_INIT, about = BUF_INIT;
	struct invitation_offer o;
	err_t e = object.len > INVITATION_MAX ? ERR_DAMAGED : invitation_about(v, INVITATION_OFFER, NULL, &about);
	if (!e)
		e = envelope_open(v->cipher, &v->seal, buf_span(&about), object, &text);
	if (!e)
		e = invitation_offer_decode(buf_span(&text), &o);
	if (!e)
		e = crypto_sha256(object, &o.hash);
	if (!e)
		*ret = o;
	return e;
}
