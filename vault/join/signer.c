/* SPDX-License-Identifier: MIT */
#include "vault/join/signer.h"

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "util/utf8.h"

#define STATEMENT_VERSION 1
#define NAME_MAX_BYTES 64
#define SIGNER_LABEL "cloudseal signer"
#define STATEMENT_LABEL "cloudseal statement"
#define SUITE_X25519 1

/* said_ok: what all statements are. */
static bool said_ok(const struct signer_said *s)
{
	return !(s->flags & ~SIGNER_CRITICAL) && s->body.len <= SIGNER_BODY_MAX && s->number &&
	       (s->number == 1) == hash_is_zero(s->previous);
}

bool signer_statement(struct span bytes, struct signer_said *ret)
{
	struct rd r = RD(bytes);
	uint8_t version = rd_u8(&r);
	struct signer_said s = { .kind = rd_u8(&r) };
	s.flags = rd_u8(&r);
	s.signer = rd_id(&r);
	s.number = rd_u64(&r);
	s.previous = rd_hash(&r);
	s.time = (int64_t)rd_u64(&r);
	s.body = rd_blob16(&r);
	s.sig = rd_bytes(&r, SIGNER_SIG);
	if (!rd_end(&r) || version != STATEMENT_VERSION || !said_ok(&s))
		return false;
	*ret = s;
	return true;
}

/* put_signed: all but the signature. */
static err_t put_signed(struct buf *out, const struct signer_said *s)
{
	if (!said_ok(s))
		return ERR_INVAL;
	buf_u8(out, STATEMENT_VERSION);
	buf_u8(out, s->kind);
	buf_u8(out, s->flags);
	buf_id(out, s->signer);
	buf_u64(out, s->number);
	buf_hash(out, s->previous);
	buf_u64(out, (uint64_t)s->time);
	buf_blob16(out, s->body);
	return buf_ok(out);
}

err_t signer_put_statement(struct buf *out, const struct signer_said *s)
{
	err_t e = put_signed(out, s);
	if (e)
		return e;
	buf_put(out, s->sig, SIGNER_SIG);
	return buf_ok(out);
}

err_t signer_message(struct id vault, struct hash genesis, const struct signer_said *s, struct buf *out)
{
	buf_put(out, STATEMENT_LABEL, sizeof(STATEMENT_LABEL)); /* its NUL is part of it */
	buf_id(out, vault);
	buf_hash(out, genesis);
	return put_signed(out, s);
}

err_t signer_statement_hash(struct span bytes, struct hash *ret)
{
	return crypto_sha256(bytes, ret);
}

bool signer_genesis_ok(struct span bytes)
{
	struct rd r = RD(bytes);
	struct span genesis = rd_blob16(&r);
	uint16_t n = rd_u16(&r);
	(void)rd_bytes(&r, (size_t)n * SIGNER_SIG);
	return rd_end(&r) && genesis.len;
}

bool signer_wrap_ok(struct span bytes, struct id id)
{
	struct rd r = RD(bytes);
	struct id slot = rd_id(&r);
	uint8_t kind = rd_u8(&r);
	return bytes.len == SIGNER_WRAP && id_eq(slot, id) && (kind == SIGNER_RECOVERY || kind == SIGNER_PASSPHRASE);
}

bool signer_name_ok(struct span name)
{
	return name.len && name.len <= NAME_MAX_BYTES && utf8_plain(name);
}

/* -- who is let in ----------------------------------------------------------------------------------------------- */

/* box_key_ok: suite and key. */
static bool box_key_ok(struct span k)
{
	const uint8_t *p = k.p;
	return k.len && p[0] && (p[0] != SUITE_X25519 || k.len == 1 + SIGNER_KEY);
}

static bool new_ok(enum signer_statement kind, const struct signer_new *m)
{
	bool slot = m->kind == SIGNER_RECOVERY || m->kind == SIGNER_PASSPHRASE;
	return box_key_ok(m->box_key) && (kind == SIGNER_SLOT ? slot : m->kind == SIGNER_DEVICE);
}

void signer_get_keys(struct rd *r, enum signer_statement kind, struct signer_new *m)
{
	*m = (struct signer_new){ 0 };
	m->kind = kind == SIGNER_SLOT ? (enum signer_kind)rd_u8(r) : SIGNER_DEVICE;
	m->sign_key = rd_bytes(r, SIGNER_KEY);
	m->box_key = rd_blob16(r);
	m->mix = rd_hash(r);
	if (kind == SIGNER_SLOT)
		m->wrap = rd_hash(r);
	if (r->bad || !new_ok(kind, m))
		r->bad = true;
}

void signer_get_new(struct rd *r, enum signer_statement kind, struct signer_new *m)
{
	uint32_t rank = rd_u32(r);
	signer_get_keys(r, kind, m);
	m->rank = rank;
}

err_t signer_put_keys(struct buf *out, enum signer_statement kind, const struct signer_new *m)
{
	if (!new_ok(kind, m))
		return ERR_INVAL;
	if (kind == SIGNER_SLOT)
		buf_u8(out, (uint8_t)m->kind);
	buf_put(out, m->sign_key, SIGNER_KEY);
	buf_blob16(out, m->box_key);
	buf_hash(out, m->mix);
	if (kind == SIGNER_SLOT)
		buf_hash(out, m->wrap);
	return buf_ok(out);
}

err_t signer_put_new(struct buf *out, enum signer_statement kind, const struct signer_new *m)
{
	if (!new_ok(kind, m))
		return ERR_INVAL;
	buf_u32(out, m->rank);
	return signer_put_keys(out, kind, m);
}

err_t signer_new_of(const struct signer_said *s, struct signer_new *ret)
{
	struct signer_new m;
	struct rd r = RD(s->body);
	if (s->kind != SIGNER_JOIN && s->kind != SIGNER_SLOT)
		return ERR_NOTFOUND;
	signer_get_new(&r, s->kind, &m);
	if (r.bad)
		return ERR_DAMAGED;
	*ret = m;
	return ERR_OK;
}

err_t signer_id(struct id vault, const struct signer_new *m, struct id *ret)
{
	cleanup(buf_free) struct buf in = BUF_INIT;
	struct hash h;
	buf_put(&in, SIGNER_LABEL, sizeof(SIGNER_LABEL) - 1);
	buf_id(&in, vault);
	buf_u8(&in, (uint8_t)m->kind);
	buf_put(&in, m->sign_key, SIGNER_KEY);
	buf_put(&in, m->box_key.p, m->box_key.len);
	buf_hash(&in, m->mix);
	err_t e = buf_ok(&in);
	if (!e)
		e = crypto_sha256(buf_span(&in), &h);
	if (!e)
		*ret = id_from(h.b);
	return e;
}
