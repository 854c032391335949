/* SPDX-License-Identifier: MIT */
#include "sync/core/epoch.h"

#include "util/cleanup.h"

void epoch_wipe(struct epoch *e)
{
	key_wipe(&e->names);
	key_wipe(&e->objects);
}

err_t epoch_open(const struct keyring *k, uint32_t place, struct epoch *ret)
{
	struct epoch r = { .at = { keyring_vault(k), keyring_genesis(k), keyring_number(k, place), HASH_ZERO },
		           .cipher = keyring_cipher(k) };
	err_t e = keyring_epoch_id(k, place, &r.at.id);
	if (!e)
		e = keyring_key(k, place, KEY_NAMES, &r.names);
	if (!e)
		e = keyring_key(k, place, KEY_OBJECTS, &r.objects);
	if (e) {
		epoch_wipe(&r);
		return e;
	}
	*ret = r;
	epoch_wipe(&r);
	return ERR_OK;
}
