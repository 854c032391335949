/* SPDX-License-Identifier: MIT */
#include "vault/objects/invitation_reply.h"

#include "util/cleanup.h"
#include "vault/join/signer.h"

#define REPLY_VERSION 1

void invitation_reply_free(struct invitation_reply *r)
{
	buf_free(&r->join);
	applied_free(&r->positions);
	crypto_wipe(r, sizeof(*r));
}

static bool is_join(struct span bytes)
{
	struct signer_said s;
	struct signer_new who;
	return signer_statement(bytes, &s) && s.kind == SIGNER_JOIN && !signer_new_of(&s, &who);
}

err_t invitation_reply_encode(const struct invitation_reply *r, struct buf *text)
{
	if (!is_join(buf_span(&r->join)) || !r->epoch)
		return ERR_INVAL;
	buf_u8(text, REPLY_VERSION);
	buf_blob16(text, buf_span(&r->join));
	buf_put(text, r->mix.b, sizeof(r->mix.b));
	buf_put(text, r->first.b, sizeof(r->first.b));
	buf_u32(text, r->epoch);
	buf_hash(text, r->epoch_id);
	buf_put(text, r->root.b, sizeof(r->root.b));
	err_t e = applied_put(text, &r->positions);
	return e ? e : invitation_pad(text, BOX_MORE);
}

static err_t get(struct span text, struct invitation_reply *r)
{
	struct rd in = RD(text);
	const uint8_t version = rd_u8(&in);
	const struct span join = rd_blob16(&in);
	rd_copy(&in, r->mix.b, sizeof(r->mix.b));
	rd_copy(&in, r->first.b, sizeof(r->first.b));
	r->epoch = rd_u32(&in);
	r->epoch_id = rd_hash(&in);
	rd_copy(&in, r->root.b, sizeof(r->root.b));
	if (version > REPLY_VERSION)
		return ERR_VERSION;
	if (version < REPLY_VERSION || in.bad || !r->epoch || !is_join(join))
		return ERR_DAMAGED;
	buf_put(&r->join, join.p, join.len);
	err_t e = applied_get(&in, &r->positions);
	if (!e && !invitation_padded(&in, text.len, BOX_MORE))
		e = ERR_DAMAGED;
	return e ? e : buf_ok(&r->join);
}

err_t invitation_reply_decode(struct span text, struct invitation_reply *ret)
{
	cleanup(invitation_reply_free) struct invitation_reply r = { .join = BUF_INIT };
	err_t e = get(text, &r);
	if (e)
		return e;
	*ret = r;
	r = (struct invitation_reply){ .join = BUF_INIT };
	return ERR_OK;
}

err_t invitation_reply_seal(const struct invitation *v, const uint8_t box_key[BOX_KEY], struct hash request,
                            const struct invitation_reply *r, struct buf *out)
{
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf about = BUF_INIT;
	cleanup(box_draw_wipe) struct box_draw d = { 0 };
	const struct box_to to = { SPAN(box_key, BOX_KEY), &v->mix };
	err_t e = invitation_reply_encode(r, &text);
	if (!e)
		e = box_draw(&d);
	if (!e)
		e = invitation_about(v, INVITATION_REPLY, &request, &about);
	return e ? e : box_seal(v->cipher, &to, &d, buf_span(&about), buf_span(&text), out);
}

err_t invitation_reply_open(const struct invitation *v, const struct key *seed, struct hash request, struct span object,
                            struct invitation_reply *ret)
{
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf about = BUF_INIT;
	err_t e = object.len > INVITATION_MAX ? ERR_DAMAGED : invitation_about(v, INVITATION_REPLY, &request, &about);
	if (!e)
		e = box_open(v->cipher, &(struct box_by){ seed, &v->mix }, buf_span(&about), object, &text);
	if (!e)
		e = invitation_reply_decode(buf_span(&text), ret);
	return e;
}
