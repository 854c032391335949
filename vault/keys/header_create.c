/* SPDX-License-Identifier: MIT
 * Making a vault: ids, both human slots, the first epoch root, genesis signed by both.
 */
#include "vault/keys/header_create.h"

#include "util/cleanup.h"
#include "vault/keys/header_edit.h"
#include "vault/keys/header_parts.h"
#include "vault/keys/recovery.h"
#include "vault/keys/slots.h"
#include "vault/records/roster.h"

#include <string.h>

struct secrets {                  /* secret_alloc'ed; lives only while the vault is made */
	struct key root, seed[2]; /* seeds: recovery, passphrase */
	uint8_t recovery[16];
};

static err_t draw(struct header *h, struct secrets *s)
{
	struct genesis *g = &h->genesis;
	err_t e = crypto_random(s, sizeof(*s));
	if (!e)
		e = crypto_random_id(&g->vault);
	for (size_t i = 0; !e && i < 2; i++) {
		g->slot[i].kind = i ? SLOT_PASSPHRASE : SLOT_RECOVERY;
		e = crypto_random_id(&g->slot[i].id);
		if (!e)
			e = keys_from_seed(&s->seed[i], &g->slot[i].keys);
	}
	return e;
}

static err_t make_genesis(struct header *h, const struct vault_create *c, const struct secrets *s)
{
	struct genesis *g = &h->genesis;
	struct public_keys device;
	g->cipher = (uint8_t)cipher_best();
	g->time = c->now;
	g->name = span_str(c->device_name);
	g->device = c->device_id;
	g->stream = c->stream;
	err_t e = keys_from_seed(c->device_seed, &device);
	if (!e)
		e = epoch_root_commitment(g->vault, &s->root, g->commitment);
	if (e)
		return e;
	memcpy(g->device_key, device.sign, sizeof(g->device_key));
	e = genesis_encode(g, &h->genesis_bytes);
	if (!e) /* from here on the name points into the header's own bytes */
		e = genesis_decode(buf_span(&h->genesis_bytes), g, NULL);
	if (!e)
		e = crypto_sha256(buf_span(&h->genesis_bytes), &h->genesis_hash);
	for (size_t i = 0; !e && i < 2; i++)
		e = crypto_sign(&s->seed[i], buf_span(&h->genesis_bytes), h->genesis_sig[i]);
	return e ? e : roster_prove(h, NULL);
}

static err_t make_slots(struct header *h, const struct vault_create *c, const struct secrets *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < 2; i++) {
		struct wrap w = { .kind = h->genesis.slot[i].kind };
		w.id = h->genesis.slot[i].id;
		if (i)
			w.kdf = c->kdf;
		e = slot_wrap(h, &w, i ? c->passphrase : SPAN(s->recovery, sizeof(s->recovery)), &s->seed[i]);
		if (!e)
			e = header_insert_wrap(h, &w);
	}
	return e;
}

err_t header_create(const struct vault_create *c, struct header **ret, struct keyring **ret_keyring,
                    char **ret_recovery)
{
	size_t name = strlen(c->device_name);
	err_t e = kdf_check(&c->kdf);
	if (e)
		return e;
	if (c->passphrase.len == 0 || name < 1 || name > DEVICE_NAME_MAX)
		return ERR_INVAL;
	cleanup(secret_freep) struct secrets *s = secret_alloc(sizeof(*s));
	cleanup(header_freep) struct header *h = header_new();
	cleanup(keyring_freep) struct keyring *keyring = NULL;
	if (!s || !h)
		return ERR_NOMEM;
	buf_u64(&h->hints, 0);
	e = buf_ok(&h->hints);
	if (!e)
		e = draw(h, s);
	if (!e)
		e = make_genesis(h, c, s);
	if (!e)
		e = make_slots(h, c, s);
	if (e)
		return e;
	keyring = keyring_new(h->genesis.cipher, h->genesis.vault, h->genesis_hash);
	if (!keyring)
		return ERR_NOMEM;
	e = keyring_add(keyring, 1, h->genesis_hash, &s->root);
	if (!e)
		e = header_seal_epoch_roots(h, keyring);
	if (!e)
		e = recovery_encode(s->recovery, ret_recovery);
	if (e)
		return e;
	*ret = steal_ptr(h);
	*ret_keyring = steal_ptr(keyring);
	return ERR_OK;
}
