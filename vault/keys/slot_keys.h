/* SPDX-License-Identifier: MIT
 * What genesis or a SLOT_ADD statement proves of a slot: its id, its kind and its public keys.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/kinds.h"

#define SLOTS_MAX 64

enum slot_kind { SLOT_RECOVERY = 1, SLOT_PASSPHRASE = 2, SLOT_DEVICE = 3 };
struct slot_keys {
	struct id id;
	uint8_t kind; /* enum slot_kind */
	struct public_keys keys;
};
/* slot_kind_human: may sign statements. */
static inline bool slot_kind_human(unsigned kind)
{
	return kind == SLOT_RECOVERY || kind == SLOT_PASSPHRASE;
}
