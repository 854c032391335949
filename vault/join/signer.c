/* SPDX-License-Identifier: MIT */
#include "vault/join/signer.h"

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "util/utf8.h"

#define STATEMENT_VERSION 1
#define BODY_MAX 16384
#define CRITICAL 1
#define NAME_MAX_BYTES 64
#define SIGNER_LABEL "cloudseal signer"

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
	if (!rd_end(&r) || version != STATEMENT_VERSION || (s.flags & ~CRITICAL) || s.body.len > BODY_MAX)
		return false;
	if (s.number == 0 || (s.number == 1) != hash_is_zero(s.previous))
		return false;
	*ret = s;
	return true;
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

static bool get_join(struct rd r, struct signer_new *m)
{
	m->kind = SIGNER_DEVICE;
	(void)rd_u32(&r);
	m->sign_key = rd_bytes(&r, SIGNER_KEY);
	m->box_key = rd_blob16(&r);
	m->mix = rd_hash(&r);
	(void)rd_bytes(&r, SIGNER_SIG);
	return rd_end(&r);
}

static bool get_slot(struct rd r, struct signer_new *m)
{
	(void)rd_u32(&r);
	m->kind = (enum signer_kind)rd_u8(&r);
	m->sign_key = rd_bytes(&r, SIGNER_KEY);
	m->box_key = rd_blob16(&r);
	m->mix = rd_hash(&r);
	m->wrap = rd_hash(&r);
	return !r.bad && (m->kind == SIGNER_RECOVERY || m->kind == SIGNER_PASSPHRASE);
}

err_t signer_new_of(const struct signer_said *s, struct signer_new *ret)
{
	struct signer_new m = { 0 };
	struct rd r = RD(s->body);
	if (s->kind != SIGNER_JOIN && s->kind != SIGNER_SLOT)
		return ERR_NOTFOUND;
	if (!(s->kind == SIGNER_JOIN ? get_join(r, &m) : get_slot(r, &m)))
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
