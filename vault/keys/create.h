/* SPDX-License-Identifier: MIT
 * A new vault of format 2: what is drawn and signed, once; the records of its first commit, and its header.
 */
#pragma once

#include "vault/join/types.h"
#include "vault/keys/header.h"
#include "vault/keys/keyring.h"
#include "vault/keys/wrap.h"

/* What SUPER says at first. */
#define CREATE_RETENTION 30u /* days that what was removed stays */
#define CREATE_GRACE 7u      /* days between condemning and deleting */

struct create_wish {
	enum cipher cipher;
	int64_t now;                        /* s since 1970 */
	const struct wrap_secret *portable; /* NULL: only the recovery key opens the vault from the store */
};
struct create {                                             /* create_free wipes */
	struct signer_mine *device, *recovery, *passphrase; /* passphrase: NULL: it has no slot */
	struct buf wraps[GENESIS_SLOTS_MAX];                /* of recovery and passphrase */
	struct buf genesis;                                 /* with signatures */
	struct hash genesis_hash;
	struct keyring *keyring; /* with root 1 */
	char *recovery_key;      /* text, secret_alloc'ed */
};
void create_free(struct create *c);
/* create_draw: ERR_LIMIT: parameters of the passphrase are out of bounds; ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t create_draw(const struct create_wish *w, struct create *ret);
/* create_records: GENESIS, SLOT, DEVICE, EPOCH and SUPER of the first commit, in the order of their keys. `name`: of
 * the device; its stamp, and that of SUPER, is `at`. ERR_INVAL: no such name; what `put` answers. */
typedef err_t (*create_put)(void *ctx, struct span key, struct span value);
MUST_CHECK err_t create_records(const struct create *c, struct span name, struct stamp at, create_put put, void *ctx);
/* create_header: *ret is the caller's, for header_free. */
MUST_CHECK err_t create_header(const struct create *c, struct header *ret);
