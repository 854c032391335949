/* SPDX-License-Identifier: MIT
 * Changes of a header: statements, slots and sealed epoch roots added; merging with another device's. What fails leaves
 * the header as it was.
 */
#pragma once

#include "vault/keys/header.h"
#include "vault/keys/slots.h"

/* header_add_statement: a statement of any kind joins the header; ERR_NOTFOUND when its signer, its predecessor or what
 * it removes is not there yet (add those first), ERR_DAMAGED when it is not proven. Known already: ERR_OK. What a
 * removed slot could open is dropped. */
MUST_CHECK err_t header_add_statement(struct header *h, struct span bytes);
struct slot_add {                     /* a further way to open the vault */
	enum slot_kind kind;          /* SLOT_PASSPHRASE or SLOT_RECOVERY */
	struct span secret;           /* the passphrase, or RECOVERY_LEN bytes */
	const struct kdf_params *kdf; /* SLOT_PASSPHRASE */
	int64_t now;                  /* wall seconds */
};
/* header_add_slot: authorised by the opened slot `by`, whose statement it appends to `statement` too (for the map).
 * Follow with header_seal_epoch_roots. ERR_INVAL: a secret that does not fit its kind; ERR_NOTFOUND: `by` does not
 * count; ERR_LIMIT. */
MUST_CHECK err_t header_add_slot(struct header *h, const struct slot *by, const struct slot_add *add, struct id *ret_id,
                                 struct buf *statement);
/* header_remove_slot: the opened slot `by` removes slot `id`; ERR_LIMIT: it is the last human slot. */
MUST_CHECK err_t header_remove_slot(struct header *h, const struct slot *by, struct id id, int64_t now,
                                    struct buf *statement);
/* header_seal_epoch_roots: seals the keyring's first and newest epoch root to every slot that counts, in place of what
 * was sealed. */
MUST_CHECK err_t header_seal_epoch_roots(struct header *h, const struct keyring *k);
/* header_merge: takes over the statements, wrapped slots and hints that `other`, a header of the same vault, has more
 * of; not its sealed epoch roots, which header_seal_epoch_roots makes anew. *ret_changed: something came. ERR_INVAL:
 * another vault.
 */
MUST_CHECK err_t header_merge(struct header *h, const struct header *other, bool *ret_changed);
/* header_insert_wrap: at its place by id. ERR_LIMIT. */
struct wrap;
MUST_CHECK err_t header_insert_wrap(struct header *h, const struct wrap *w);
