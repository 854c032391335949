/* SPDX-License-Identifier: MIT */
#include "vault/objects/invitation_request.h"

#include "crypto/crypto.h"
#include "util/cleanup.h"
#include "vault/join/statement.h"

#include <string.h>

#define REQUEST_VERSION 1

/* -- the text ----------------------------------------------------------------------------------------------------- */

err_t invitation_request_encode(const struct invitation_request *r, struct buf *text)
{
	if (!signer_name_ok(span_str(r->name)) || r->box_key[0] != BOX_SUITE)
		return ERR_INVAL;
	buf_u8(text, REQUEST_VERSION);
	buf_put(text, r->sign_key, sizeof(r->sign_key));
	buf_blob16(text, SPAN(r->box_key, sizeof(r->box_key)));
	buf_put(text, r->proof, sizeof(r->proof));
	buf_blob16(text, span_str(r->name));
	return invitation_pad(text, BOX_MORE);
}

err_t invitation_request_decode(struct span text, struct invitation_request *ret)
{
	struct rd r = RD(text);
	struct invitation_request q = { 0 };
	const uint8_t version = rd_u8(&r);
	rd_copy(&r, q.sign_key, sizeof(q.sign_key));
	const struct span box_key = rd_blob16(&r);
	rd_copy(&r, q.proof, sizeof(q.proof));
	const struct span name = rd_blob16(&r);
	if (version > REQUEST_VERSION)
		return ERR_VERSION;
	if (version < REQUEST_VERSION || !invitation_padded(&r, text.len, BOX_MORE))
		return ERR_DAMAGED;
	if (box_key.len != BOX_KEY || *(const uint8_t *)box_key.p != BOX_SUITE || !signer_name_ok(name))
		return ERR_DAMAGED;
	memcpy(q.box_key, box_key.p, BOX_KEY);
	memcpy(q.name, name.p, name.len);
	*ret = q;
	return ERR_OK;
}

/* -- sealed ------------------------------------------------------------------------------------------------------- */

/* draw: of seed, text and offer alone; another text has another key, so no nonce meets twice. */
static err_t draw(const struct key *seed, struct span text, struct hash offer, struct box_draw *ret)
{
	cleanup(key_wipe) struct key salt = { 0 };
	struct hash of[2] = { HASH_ZERO, offer };
	err_t e = crypto_sha256(text, &of[0]);
	if (!e)
		e = crypto_subkey(seed, "cloudseal request key", SPAN(of, sizeof(of)), &ret->ephemeral);
	if (!e)
		e = crypto_subkey(seed, "cloudseal request salt", SPAN(of, sizeof(of)), &salt);
	if (!e)
		memcpy(ret->salt, salt.b, sizeof(ret->salt));
	return e;
}

err_t invitation_request_seal(const struct invitation *v, const struct invitation_offer *o,
                              const struct invitation_request *r, const struct key *seed, struct buf *out)
{
	cleanup(buf_free) struct buf text = BUF_INIT, about = BUF_INIT;
	cleanup(box_draw_wipe) struct box_draw d = { 0 };
	const struct box_to to = { SPAN(o->box_key, sizeof(o->box_key)), &v->mix };
	err_t e = invitation_request_encode(r, &text);
	if (!e)
		e = draw(seed, buf_span(&text), o->hash, &d);
	if (!e)
		e = invitation_about(v, INVITATION_REQUEST, &o->hash, &about);
	return e ? e : box_seal(v->cipher, &to, &d, buf_span(&about), buf_span(&text), out);
}

static err_t proves(const struct invitation *v, const struct invitation_request *r)
{
	cleanup(buf_free) struct buf message = BUF_INIT;
	const struct signer_new who = { .kind = SIGNER_DEVICE,
		                        .sign_key = r->sign_key,
		                        .box_key = SPAN(r->box_key, sizeof(r->box_key)) };
	err_t e = statement_proof_message(v->vault, v->genesis, &who, &message);
	return e ? e : crypto_verify(r->sign_key, buf_span(&message), r->proof);
}

err_t invitation_request_open(const struct invitation *v, struct hash offer, const struct key *seed, struct span object,
                              struct invitation_request *ret)
{
	cleanup(buf_free) struct buf text = BUF_INIT, about = BUF_INIT;
	struct invitation_request r;
	err_t e = object.len > INVITATION_MAX ? ERR_DAMAGED : invitation_about(v, INVITATION_REQUEST, &offer, &about);
	if (!e)
		e = box_open(v->cipher, &(struct box_by){ seed, &v->mix }, buf_span(&about), object, &text);
	if (!e)
		e = invitation_request_decode(buf_span(&text), &r);
	if (!e)
		e = proves(v, &r);
	if (!e)
		*ret = r;
	return e;
}

/* -- what people compare ------------------------------------------------------------------------------------------ */

err_t invitation_number(const struct invitation *v, struct hash offer, struct hash request, uint32_t *ret)
{
	static const struct kdf_params work = { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 };
	const struct hash of[2] = { offer, request };
	cleanup(buf_free) struct buf salt = BUF_INIT;
	struct key k = { 0 };
	uint64_t number;
	buf_id(&salt, v->vault);
	buf_hash(&salt, v->genesis);
	err_t e = buf_ok(&salt);
	if (!e)
		e = crypto_argon2id(&work, SPAN(of, sizeof(of)), buf_span(&salt), &k);
	if (e)
		return e;
	memcpy(&number, k.b, sizeof(number));
	*ret = (uint32_t)(le64toh(number) % INVITATION_NUMBERS);
	return ERR_OK;
}
