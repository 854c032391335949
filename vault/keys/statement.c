/* SPDX-License-Identifier: MIT
 * Statements: body and signature. Vault and genesis are bound by the signature only, so the bytes do not repeat them.
 */
#include "vault/keys/statement.h"

#include "util/cleanup.h"
#include "vault/keys/header_parts.h"
#include "vault/records/roster.h"

#include <string.h>

#define STATEMENT_LABEL "cloudseal statement" /* with its NUL: starts what is signed */
#define STATEMENT_VERSION 1

static err_t put_join(const struct statement *s, struct buf *out)
{
	if (s->name.len < 1 || s->name.len > DEVICE_NAME_MAX)
		return ERR_INVAL;
	buf_id(out, s->device);
	buf_put(out, s->device_key, sizeof(s->device_key));
	buf_id(out, s->stream);
	buf_blob16(out, s->name);
	return ERR_OK;
}

static err_t put_revoke(const struct statement *s, struct buf *out)
{
	if (s->ncuts > CUTS_MAX)
		return ERR_LIMIT;
	buf_id(out, s->device);
	buf_u16(out, (uint16_t)s->ncuts);
	for (size_t i = 0; i < s->ncuts; i++) {
		buf_id(out, s->cuts[i].stream);
		buf_u64(out, s->cuts[i].n);
		buf_hash(out, s->cuts[i].hash);
	}
	return ERR_OK;
}

static err_t put_body(const struct statement *s, struct buf *out)
{
	buf_u8(out, STATEMENT_VERSION);
	buf_u8(out, (uint8_t)s->kind);
	buf_id(out, s->slot);
	buf_u64(out, s->number);
	buf_hash(out, s->previous);
	buf_u64(out, (uint64_t)s->time);
	switch (s->kind) {
	case ST_JOIN:
		return put_join(s, out);
	case ST_REVOKE:
		return put_revoke(s, out);
	case ST_SLOT_ADD:
		buf_id(out, s->target_slot);
		buf_u8(out, s->target_kind);
		buf_put(out, s->target_keys.sign, sizeof(s->target_keys.sign));
		buf_put(out, s->target_keys.box, sizeof(s->target_keys.box));
		return ERR_OK;
	case ST_SLOT_REMOVE:
		buf_id(out, s->target_slot);
		buf_u64(out, s->target_last);
		buf_hash(out, s->target_last_hash);
		return ERR_OK;
	}
	return ERR_INVAL;
}

static err_t signed_text(struct span body, struct id vault, struct hash genesis, struct buf *out)
{
	buf_put(out, STATEMENT_LABEL, sizeof(STATEMENT_LABEL));
	buf_id(out, vault);
	buf_hash(out, genesis);
	buf_put(out, body.p, body.len);
	return buf_ok(out);
}

err_t statement_sign(const struct statement *s, struct id vault, struct hash genesis, const struct slot *slot,
                     struct buf *out)
{
	cleanup(buf_free) struct buf body = BUF_INIT, text = BUF_INIT;
	uint8_t sig[SIG_LEN];
	if (s->number < 1 || !slot_kind_human(slot->kind) || !id_eq(s->slot, slot->id))
		return ERR_INVAL;
	err_t e = put_body(s, &body);
	if (!e)
		e = buf_ok(&body);
	if (!e)
		e = signed_text(buf_span(&body), vault, genesis, &text);
	if (!e)
		e = crypto_sign(&slot->seed, buf_span(&text), sig);
	if (e)
		return e;
	size_t before = out->len;
	buf_put(out, body.p, body.len);
	buf_put(out, sig, sizeof(sig));
	e = buf_ok(out);
	if (e)
		out->len = before;
	return e;
}

static void read_join(struct rd *r, struct statement *s)
{
	s->device = rd_id(r);
	rd_copy(r, s->device_key, sizeof(s->device_key));
	s->stream = rd_id(r);
	s->name = rd_blob16(r);
	if (s->name.len < 1 || s->name.len > DEVICE_NAME_MAX)
		r->bad = true;
}

static void read_revoke(struct rd *r, struct statement *s, struct stream_cut cuts[CUTS_MAX])
{
	s->device = rd_id(r);
	s->ncuts = rd_u16(r);
	s->cuts = cuts;
	if (s->ncuts > CUTS_MAX)
		r->bad = true;
	for (size_t i = 0; !r->bad && i < s->ncuts; i++) {
		cuts[i].stream = rd_id(r);
		cuts[i].n = rd_u64(r);
		cuts[i].hash = rd_hash(r);
	}
}

static void read_slot_target(struct rd *r, struct statement *s)
{
	s->target_slot = rd_id(r);
	if (s->kind == ST_SLOT_ADD) {
		s->target_kind = rd_u8(r);
		rd_copy(r, s->target_keys.sign, sizeof(s->target_keys.sign));
		rd_copy(r, s->target_keys.box, sizeof(s->target_keys.box));
		if (s->target_kind < SLOT_RECOVERY || s->target_kind > SLOT_DEVICE)
			r->bad = true;
	} else {
		s->target_last = rd_u64(r);
		s->target_last_hash = rd_hash(r);
	}
}

err_t statement_decode(struct span bytes, struct statement *ret, struct stream_cut cuts[CUTS_MAX])
{
	struct statement s = { 0 };
	if (bytes.len < SIG_LEN + 1)
		return ERR_DAMAGED;
	struct rd r = RD(SPAN(bytes.p, bytes.len - SIG_LEN));
	uint8_t version = rd_u8(&r);
	if (version > STATEMENT_VERSION)
		return ERR_VERSION;
	s.kind = rd_u8(&r);
	s.slot = rd_id(&r);
	s.number = rd_u64(&r);
	s.previous = rd_hash(&r);
	s.time = (int64_t)rd_u64(&r);
	if (s.kind == ST_JOIN)
		read_join(&r, &s);
	else if (s.kind == ST_REVOKE)
		read_revoke(&r, &s, cuts);
	else if (s.kind == ST_SLOT_ADD || s.kind == ST_SLOT_REMOVE)
		read_slot_target(&r, &s);
	else
		return ERR_DAMAGED;
	if (!rd_end(&r) || version == 0 || s.number < 1 || (s.number == 1) != hash_is_zero(s.previous))
		return ERR_DAMAGED;
	*ret = s;
	return ERR_OK;
}

err_t statement_verify(struct span bytes, struct id vault, struct hash genesis, const uint8_t sign_key[32])
{
	cleanup(buf_free) struct buf text = BUF_INIT;
	if (bytes.len < SIG_LEN)
		return ERR_DAMAGED;
	size_t n = bytes.len - SIG_LEN;
	err_t e = signed_text(SPAN(bytes.p, n), vault, genesis, &text);
	return e ? e : crypto_verify(sign_key, buf_span(&text), (const uint8_t *)bytes.p + n);
}

err_t statement_hash(struct span bytes, struct hash *out)
{
	return crypto_sha256(bytes, out);
}
