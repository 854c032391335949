/* SPDX-License-Identifier: MIT
 * An epoch, and the keys that its root gives (docs/format.md, "Key derivation").
 */
#pragma once

#include "crypto/crypto.h"

struct epoch_at { /* E: vault id || genesis hash || epoch number(u32) || epoch id */
	struct id vault;
	struct hash genesis;
	uint32_t number;
	struct hash id; /* of epoch 1 the genesis hash */
};
enum key_purpose { KEY_NAMES, KEY_OBJECTS, KEY_BLOCKS };
#define KEY_PURPOSES 3
/* epoch_at_put: E. */
void epoch_at_put(struct buf *out, const struct epoch_at *e);
/* epoch_key: ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t epoch_key(const struct key *root, const struct epoch_at *e, enum key_purpose which, struct key *ret);
