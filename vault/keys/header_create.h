/* SPDX-License-Identifier: MIT
 * A new vault: its ids, both first human slots, the first epoch root, genesis signed by both.
 */
#pragma once

#include "vault/keys/header.h"

struct vault_create { /* what a new vault is made of */
	struct span passphrase;
	struct kdf_params kdf;
	const char *device_name;       /* 1..DEVICE_NAME_MAX bytes */
	const struct key *device_seed; /* made by the caller, kept in its local state */
	struct id device_id, stream;
	int64_t now; /* wall seconds */
};
/* header_create: draws vault id, slots and the first epoch root; signs genesis with both human slots. The recovery key
 * comes back as text (secret_alloc'ed), the keyring holds epoch 1. ERR_INVAL: no passphrase, or no such device name;
 * ERR_LIMIT: KDF parameters out of bounds. */
MUST_CHECK err_t header_create(const struct vault_create *c, struct header **ret, struct keyring **ret_keyring,
                               char **ret_recovery);
