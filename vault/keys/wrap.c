/* SPDX-License-Identifier: MIT */
#include "vault/keys/wrap.h"

#include "crypto/hash.h"
#include "crypto/random.h"
#include "util/cleanup.h"

#include <string.h>

#define TEXT_LEN (32 + 32 + HASH_LEN) /* seed, mix key, anchor */
#define WRAPPED_LEN (ENVELOPE_LEN + TEXT_LEN)

/* put_head: all before the envelope. */
static void put_head(const struct wrap *w, struct buf *out)
{
	buf_id(out, w->slot);
	buf_u8(out, (uint8_t)w->kind);
	buf_u32(out, w->kdf.memory_kib);
	buf_u32(out, w->kdf.passes);
	buf_u32(out, w->kdf.lanes);
	buf_put(out, w->salt, sizeof(w->salt));
}

static bool head_ok(const struct wrap *w)
{
	bool plain = !w->kdf.memory_kib && !w->kdf.passes && !w->kdf.lanes;
	return w->kind == SIGNER_PASSPHRASE || (w->kind == SIGNER_RECOVERY && plain);
}

err_t wrap_decode(struct span wrap, struct wrap *ret)
{
	struct rd r = RD(wrap);
	struct wrap w = { .slot = rd_id(&r) };
	w.kind = (enum signer_kind)rd_u8(&r);
	w.kdf.memory_kib = rd_u32(&r);
	w.kdf.passes = rd_u32(&r);
	w.kdf.lanes = rd_u32(&r);
	rd_copy(&r, w.salt, sizeof(w.salt));
	w.wrapped = SPAN(rd_bytes(&r, WRAPPED_LEN), WRAPPED_LEN);
	if (!rd_end(&r) || !head_ok(&w))
		return ERR_DAMAGED;
	*ret = w;
	return ERR_OK;
}

static err_t key_of(const struct wrap *w, struct span secret, struct key *ret)
{
	if (w->kind == SIGNER_RECOVERY)
		return crypto_hkdf(secret, SPAN(w->salt, sizeof(w->salt)), span_str("cloudseal secret"), ret->b,
		                   sizeof(ret->b));
	err_t e = kdf_check(&w->kdf);
	return e ? e : crypto_argon2id(&w->kdf, secret, SPAN(w->salt, sizeof(w->salt)), ret);
}

static err_t bound_to(struct id vault, const struct wrap *w, struct buf *out)
{
	struct span label = span_str("cloudseal slot");
	buf_put(out, label.p, label.len);
	buf_id(out, vault);
	put_head(w, out);
	return buf_ok(out);
}

static err_t text_of(const struct signer_mine *slot, struct hash anchor, struct buf *out)
{
	buf_put(out, slot->seed.b, sizeof(slot->seed.b));
	buf_put(out, slot->mix.b, sizeof(slot->mix.b));
	buf_hash(out, anchor);
	return buf_ok(out);
}

err_t wrap_seal(enum cipher c, const struct signer_mine *slot, const struct wrap_secret *secret, struct hash anchor,
                struct buf *out)
{
	cleanup(key_wipe) struct key key = { 0 };
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf aad = BUF_INIT;
	struct wrap w = { .slot = slot->id, .kind = slot->kind, .kdf = secret->kdf };
	size_t before = out->len;
	if (!head_ok(&w))
		return ERR_INVAL;
	err_t e = crypto_random(w.salt, sizeof(w.salt));
	if (!e)
		e = key_of(&w, secret->bytes, &key);
	if (!e)
		e = text_of(slot, anchor, &text);
	if (!e)
		e = bound_to(slot->vault, &w, &aad);
	if (e)
		return e;
	put_head(&w, out);
	e = buf_ok(out);
	if (!e)
		e = envelope_seal(c, &key, buf_span(&aad), buf_span(&text), out);
	if (e)
		out->len = before;
	return e;
}

/* slot_of: by what was wrapped; it must be the slot that the wrap says. */
static err_t slot_of(struct id vault, const struct wrap *w, struct span text, struct signer_mine **ret,
                     struct hash *ret_anchor)
{
	cleanup(secret_freep) struct signer_mine *slot = NULL;
	cleanup(key_wipe) struct key seed = { 0 }, mix = { 0 };
	struct rd r = RD(text);
	rd_copy(&r, seed.b, sizeof(seed.b));
	rd_copy(&r, mix.b, sizeof(mix.b));
	struct hash anchor = rd_hash(&r);
	err_t e = rd_end(&r) ? signer_mine_of(vault, w->kind, &seed, &mix, &slot) : ERR_DAMAGED;
	if (!e && !id_eq(slot->id, w->slot))
		e = ERR_DAMAGED;
	if (e)
		return e;
	*ret = steal_ptr(slot);
	*ret_anchor = anchor;
	return ERR_OK;
}

err_t wrap_open(const struct wrap_at *at, const struct wrap *w, struct span secret, struct signer_mine **ret_slot,
                struct hash *ret_anchor)
{
	cleanup(key_wipe) struct key key = { 0 };
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf aad = BUF_INIT;
	err_t e = key_of(w, secret, &key);
	if (!e)
		e = bound_to(at->vault, w, &aad);
	if (!e)
		e = envelope_open(at->cipher, &key, buf_span(&aad), w->wrapped, &text);
	return e ? e : slot_of(at->vault, w, buf_span(&text), ret_slot, ret_anchor);
}
