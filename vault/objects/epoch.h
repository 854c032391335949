/* SPDX-License-Identifier: MIT
 * The epoch root of a new epoch inside the commit that starts it: sealed to each member, opened by one of them. The
 * place (vault, number, cause, recipient) is bound into each box; the commit's signature says who made it.
 * docs/format1.md.
 */
#pragma once

#include "vault/keys/header.h"
#include "vault/keys/slots.h"

struct epoch_member { /* who may read the new epoch: a slot or a device, by its X25519 key */
	struct id id;
	uint8_t box_key[32];
};
struct new_epoch {
	uint32_t number;        /* 2 or more */
	struct hash cause;      /* the revoking statement, or zero */
	const struct key *root; /* drawn by the caller */
};
#define NEW_EPOCH(number_, cause_, root_) (&(struct new_epoch){ number_, cause_, root_ })
/* epoch_seal: appends an epoch_start that holds the epoch root for each member. ERR_INVAL: no members, too many, or one
 * of them twice. */
MUST_CHECK err_t epoch_seal(const struct keyring *k, const struct new_epoch *new, const struct epoch_member *members,
                            size_t n, struct buf *out);
/* epoch_open: the epoch root out of an epoch_start, by the seed of the recipient `id`. ERR_NOTFOUND: not among them;
 * ERR_DAMAGED: the box is not what the format says. */
MUST_CHECK err_t epoch_open(const struct keyring *k, uint32_t epoch, struct span start, struct id id,
                            const struct key *seed, struct key *ret);
/* epoch_open_slot: the same by an opened slot. */
MUST_CHECK err_t epoch_open_slot(const struct keyring *k, uint32_t epoch, struct span start, const struct slot *slot,
                                 struct key *ret);
/* epoch_members: every slot of the header that counts, in the header's order. ERR_LIMIT: over `max`. */
MUST_CHECK err_t epoch_members(const struct header *h, struct epoch_member *list, size_t max, size_t *ret_n);
