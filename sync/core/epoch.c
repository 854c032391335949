/* SPDX-License-Identifier: MIT */
#include "sync/core/epoch.h"

#include "util/cleanup.h"

void epoch_wipe(struct epoch *e)
{
	key_wipe(&e->names);
	key_wipe(&e->objects);
}

err_t epoch_open(const struct keyring *k, uint32_t epoch, struct epoch *ret)
{
	cleanup(key_wipe) struct key root = { 0 };
	struct epoch r = { .at = { keyring_vault(k), keyring_genesis(k), epoch, HASH_ZERO },
		           .cipher = keyring_cipher(k) };
	err_t e = keyring_epoch_id(k, epoch, &r.at.id);
	if (!e)
		e = keyring_epoch_root(k, epoch, &root);
	if (!e)
		e = epoch_key(&root, &r.at, EPOCH_NAMES, &r.names);
	if (!e)
		e = epoch_key(&root, &r.at, EPOCH_OBJECTS, &r.objects);
	if (e) {
		epoch_wipe(&r);
		return e;
	}
	*ret = r;
	epoch_wipe(&r);
	return ERR_OK;
}
