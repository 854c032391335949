/* SPDX-License-Identifier: MIT
 * The sealing of what lies in the join mailbox. All else: object2.h.
 * Every sealed object: hash and sign the plaintext -> frame with signature -> Padme padding -> envelope under the
 * epoch's object key with (vault, type, name) as associated data. Layouts: docs/format1.md.
 */
#pragma once

#include "vault/keys/keyring.h"
#include "vault/objects/name.h"

#define OBJECT_MAX (9u << 20)
enum object_type { OBJ_JOIN = 3 }; /* the number is bound into it */

/* Where an object belongs: bound into it, so that it opens nowhere else. */
struct object_place {
	const struct keyring *keyring;
	uint32_t epoch;
	enum object_type type;
	const char *name; /* 32 hex digits */
};
#define OBJECT_PLACE(keyring_, epoch_, type_, name_) (&(struct object_place){ keyring_, epoch_, type_, name_ })

/* object_seal: `seed` signs (NULL: unsigned: joins carry their own proof). Appends to `out`; *ret_hash is the hash of
 * the plaintext (with vault, type and epoch). Nothing at all has no object (ERR_DAMAGED when opened); what would be
 * over OBJECT_MAX is refused (ERR_LIMIT). */
MUST_CHECK err_t object_seal(const struct object_place *at, struct span plain, const struct key *seed, struct buf *out,
                             struct hash *ret_hash);
/* object_open: ERR_DAMAGED unless it authenticates, is of that type and name, and (sign_key != NULL) carries its
 * signature. When the signer is only named inside, pass NULL and check the returned hash and signature (all zero:
 * unsigned) with object_verify. */
MUST_CHECK err_t object_open(const struct object_place *at, struct span bytes, const uint8_t sign_key[32],
                             struct buf *plain, struct hash *ret_hash, uint8_t ret_sig[SIG_LEN]);
/* object_verify: a returned signature over a returned hash. ERR_DAMAGED. */
MUST_CHECK err_t object_verify(const uint8_t sign_key[32], struct hash hash, const uint8_t sig[SIG_LEN]);
