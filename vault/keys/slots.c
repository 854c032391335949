/* SPDX-License-Identifier: MIT
 * Wrapping of slot seeds under secrets, and sealing of epoch roots to slots. Both are key-committing and bind the place
 * they stand in, so that nothing can be moved to another slot, vault or epoch.
 */
#include "vault/keys/slots.h"

#include "util/cleanup.h"
#include "vault/keys/header_parts.h"

#include <string.h>

void slot_freep(struct slot **s)
{
	secret_free(steal_ptr(*s));
}

struct id slot_id(const struct slot *s)
{
	return s->id;
}

/* wrap_place: vault, slot, kind, KDF parameters and salt: the envelope's associated data. */
static err_t wrap_place(const struct header *h, const struct wrap *w, struct buf *out)
{
	struct span label = span_str("cloudseal slot");
	buf_put(out, label.p, label.len);
	buf_id(out, h->genesis.vault);
	buf_id(out, w->id);
	buf_u8(out, w->kind);
	buf_u32(out, w->kdf.memory_kib);
	buf_u32(out, w->kdf.passes);
	buf_u32(out, w->kdf.lanes);
	buf_put(out, w->salt, sizeof(w->salt));
	return buf_ok(out);
}

/* wrap_key: from the secret; a passphrase costs what its parameters say, the other secrets are random already. */
static err_t wrap_key(const struct wrap *w, struct span secret, struct key *ret)
{
	struct span salt = { w->salt, sizeof(w->salt) };
	if (w->kind == SLOT_PASSPHRASE)
		return crypto_argon2id(&w->kdf, secret, salt, ret);
	return crypto_hkdf(secret, salt, span_str("cloudseal secret"), ret->b, sizeof(ret->b));
}

err_t slot_wrap(const struct header *h, struct wrap *w, struct span secret, const struct key *seed)
{
	cleanup(key_wipe) struct key k = { 0 };
	cleanup(buf_free) struct buf place = BUF_INIT, out = BUF_INIT;
	cleanup(secret_freep) uint8_t *plain = secret_alloc(32 + HASH_LEN);
	if (!plain)
		return ERR_NOMEM;
	memcpy(plain, seed->b, 32);
	hash_put(plain + 32, h->genesis_hash);
	err_t e = crypto_random(w->salt, sizeof(w->salt));
	if (!e)
		e = wrap_place(h, w, &place);
	if (!e)
		e = wrap_key(w, secret, &k);
	if (!e)
		e = envelope_seal(h->genesis.cipher, &k, buf_span(&place), SPAN(plain, 32 + HASH_LEN), &out);
	if (!e)
		memcpy(w->wrapped, out.p, sizeof(w->wrapped));
	return e;
}

err_t slot_unwrap(const struct header *h, const struct wrap *w, struct span secret, struct key *seed)
{
	cleanup(key_wipe) struct key k = { 0 };
	cleanup(buf_free) struct buf place = BUF_INIT;
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	err_t e = wrap_place(h, w, &place);
	if (!e)
		e = wrap_key(w, secret, &k);
	if (!e)
		e = envelope_open(h->genesis.cipher, &k, buf_span(&place), SPAN(w->wrapped, sizeof(w->wrapped)),
		                  &plain);
	if (e)
		return e;
	if (plain.len != 32 + HASH_LEN || !crypto_equal(plain.p + 32, h->genesis_hash.b, HASH_LEN))
		return ERR_DAMAGED;
	memcpy(seed->b, plain.p, 32);
	return ERR_OK;
}

static err_t epoch_root_place(const struct header *h, const struct sealed_epoch_root *r, struct buf *out)
{
	struct span label = span_str("cloudseal root");
	buf_put(out, label.p, label.len);
	buf_id(out, h->genesis.vault);
	buf_hash(out, h->genesis_hash);
	buf_u32(out, r->epoch);
	buf_hash(out, r->id);
	buf_id(out, r->slot);
	return buf_ok(out);
}

/* epoch_root_proof: says that who sealed this epoch root knows epoch root 1 (for epoch 1: that it is the epoch root of
 * genesis). The slot's public key stands in the header, so without it anyone could seal an epoch root of his own to it.
 */
static err_t epoch_root_proof(const struct header *h, const struct sealed_epoch_root *r, const struct key *root1,
                              const struct key *root, uint8_t out[32])
{
	cleanup(key_wipe) struct key k = { 0 };
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	if (r->epoch == 1)
		return epoch_root_commitment(h->genesis.vault, root, out);
	err_t e = crypto_subkey(root1, "cloudseal root proof", hash_span(&h->genesis_hash), &k);
	if (e)
		return e;
	buf_u32(&text, r->epoch);
	buf_hash(&text, r->id);
	buf_put(&text, root->b, sizeof(root->b));
	e = buf_ok(&text);
	return e ? e : crypto_hmac(SPAN(k.b, sizeof(k.b)), buf_span(&text), out);
}

err_t epoch_root_seal(const struct header *h, const struct keyring *k, uint32_t epoch, const struct slot_keys *to,
                      struct sealed_epoch_root *ret)
{
	cleanup(key_wipe) struct key root1 = { 0 }, root = { 0 };
	cleanup(buf_free) struct buf place = BUF_INIT, out = BUF_INIT;
	cleanup(secret_freep) uint8_t *plain = secret_alloc(32 + HASH_LEN);
	struct sealed_epoch_root r = { .epoch = epoch };
	if (!plain)
		return ERR_NOMEM;
	r.slot = to->id;
	err_t e = keyring_epoch_id(k, epoch, &r.id);
	if (!e)
		e = keyring_epoch_root(k, 1, &root1);
	if (!e)
		e = keyring_epoch_root(k, epoch, &root);
	if (!e)
		e = epoch_root_place(h, &r, &place);
	if (!e)
		e = epoch_root_proof(h, &r, &root1, &root, plain + 32);
	if (e)
		return e;
	memcpy(plain, root.b, 32);
	e = box_seal(h->genesis.cipher, to->keys.box, buf_span(&place), SPAN(plain, 32 + HASH_LEN), &out);
	if (e)
		return e;
	memcpy(r.sealed, out.p, sizeof(r.sealed));
	*ret = r;
	return ERR_OK;
}

err_t epoch_root_open(const struct header *h, const struct sealed_epoch_root *r, const struct slot *slot,
                      const struct key *root1, struct key *ret)
{
	cleanup(buf_free) struct buf place = BUF_INIT;
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	cleanup(key_wipe) struct key root = { 0 };
	uint8_t want[32];
	err_t e = epoch_root_place(h, r, &place);
	if (!e)
		e = box_open(h->genesis.cipher, &slot->seed, buf_span(&place), SPAN(r->sealed, sizeof(r->sealed)),
		             &plain);
	if (e)
		return e == ERR_WRONGKEY ? ERR_DAMAGED : e; /* the slot's key is proven, so the box is at fault */
	memcpy(root.b, plain.p, 32);
	e = epoch_root_proof(h, r, root1, &root, want);
	if (e)
		return e;
	if (!crypto_equal(want, plain.p + 32, 32) ||
	    (r->epoch == 1 && !crypto_equal(want, h->genesis.commitment, sizeof(want))))
		return ERR_DAMAGED;
	*ret = root;
	return ERR_OK;
}
