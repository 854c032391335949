/* SPDX-License-Identifier: MIT
 * From a secret to the vault's epoch roots. Nothing that came out of a wrap or a box is used before it is checked
 * against what genesis and statements prove.
 */
#include "vault/keys/header_unlock.h"

#include "util/cleanup.h"
#include "vault/keys/header_parts.h"

#include <string.h>

/* open_wrap: the seed inside must be the one whose public keys the vault knows this slot by. */
static err_t open_wrap(const struct header *h, const struct wrap *w, struct span secret, struct slot *slot)
{
	struct public_keys keys;
	const struct slot_keys *proven = roster_find(&h->live, w->id);
	err_t e = proven ? slot_unwrap(h, w, secret, &slot->seed) : ERR_DAMAGED;
	if (!e)
		e = keys_from_seed(&slot->seed, &keys);
	if (e)
		return e;
	if (memcmp(&keys, &proven->keys, sizeof(keys)))
		return ERR_DAMAGED;
	slot->id = w->id;
	slot->kind = w->kind;
	return ERR_OK;
}

/* open_slot: tries every slot of the kind; what stopped one slot is told only if none opens. */
static err_t open_slot(const struct header *h, enum slot_kind kind, struct span secret, struct slot *slot,
                       struct why *why)
{
	err_t worst = ERR_WRONGKEY;
	for (size_t i = 0; i < h->nwraps; i++) {
		if (h->wraps[i].kind != kind)
			continue;
		err_t e = open_wrap(h, &h->wraps[i], secret, slot);
		if (!e)
			return ERR_OK;
		if (e != ERR_WRONGKEY)
			worst = e;
	}
	const char *what = kind == SLOT_PASSPHRASE ? "passphrase" : "recovery key";
	if (worst == ERR_WRONGKEY)
		return why_set(why, worst, "this is not a %s of the vault", what);
	if (worst == ERR_LIMIT)
		return why_set(why, worst, HEADER_TAMPERED " (it asks for more or less work on the %s than is safe)",
		               what);
	if (worst == ERR_DAMAGED)
		return why_set(why, worst, HEADER_TAMPERED " (the slot of the %s is not genuine)", what);
	return worst;
}

err_t header_kdf(const struct header *h, size_t i, struct kdf_params *ret)
{
	for (size_t at = 0; at < h->nwraps; at++) {
		if (h->wraps[at].kind != SLOT_PASSPHRASE || i--)
			continue;
		*ret = h->wraps[at].kdf;
		return ERR_OK;
	}
	return ERR_NOTFOUND;
}

static err_t open_roots(const struct header *h, const struct slot *slot, struct keyring *keyring)
{
	cleanup(key_wipe) struct key root1 = { 0 }, root = { 0 };
	for (size_t i = 0; i < h->nepoch_roots; i++) {
		const struct sealed_epoch_root *r = &h->epoch_roots[i];
		if (!id_eq(r->slot, slot->id))
			continue;
		if (r->epoch != 1 && keyring_epoch(keyring) == 0)
			return ERR_DAMAGED; /* in epoch order, so the first epoch root is missing */
		err_t e = epoch_root_open(h, r, slot, &root1, &root);
		if (!e)
			e = r->epoch == 1 ? keyring_add(keyring, 1, r->id, &root)
			                  : keyring_claim(keyring, r->epoch, r->id, &root);
		if (e)
			return e == ERR_LIMIT ? ERR_DAMAGED : e;
		if (r->epoch == 1)
			root1 = root;
	}
	return keyring_epoch(keyring) ? ERR_OK : ERR_DAMAGED;
}

err_t header_unlock(const struct header *h, enum slot_kind kind, struct span secret, struct keyring **ret_keyring,
                    struct slot **ret_slot, struct why *why)
{
	cleanup(slot_freep) struct slot *slot = secret_alloc(sizeof(*slot));
	cleanup(keyring_freep) struct keyring *keyring =
	        keyring_new(h->genesis.cipher, h->genesis.vault, h->genesis_hash);
	if (!slot || !keyring)
		return ERR_NOMEM;
	err_t e = open_slot(h, kind, secret, slot, why);
	if (e)
		return e;
	e = open_roots(h, slot, keyring);
	if (e == ERR_DAMAGED)
		return why_set(why, e, HEADER_TAMPERED " (a sealed epoch root is missing or not genuine)");
	if (e)
		return e;
	*ret_keyring = steal_ptr(keyring);
	*ret_slot = steal_ptr(slot);
	return ERR_OK;
}
