/* SPDX-License-Identifier: MIT
 * What a device keeps for the recovery key in force: the file `rescue`, by its slot, and the header's copy, which the
 * key is tried on first. Which slot `rescue` is for, the map says; until it does: that of genesis.
 *
 * When another comes into force, in this order, so that one of the two keys opens whatever ends it:
 *   1. `rescue.next`, for the new one, is durable      the old key opens copy and `rescue`
 *   2. the copy is of the new one                      the new key opens copy and `rescue.next`
 *   3. `rescue.next` becomes `rescue`; then the map says whose it is
 */
#pragma once

#include "cache/map.h"
#include "cli/vaults/vaults.h"
#include "vault/join/signer.h"
#include "vault/keys/header.h"

struct slot_files {
	const struct vault_dir *dir;
	struct map *map;             /* the slots' mix keys, and whose `rescue` is */
	const struct header *header; /* of the vault */
	const struct key *local;     /* the local secret */
};
/* slot_files_follow: that slot is in force, and the header should be that. ERR_NOTFOUND: the records do not have its
 * mix key. */
MUST_CHECK err_t slot_files_follow(const struct slot_files *f, struct span header, struct id slot,
                                   const struct signer_new *who, struct why *why);
/* slot_files_rescue: `rescue` alone. slot_files_note: of one that was written by who has the slot open. */
MUST_CHECK err_t slot_files_rescue(const struct slot_files *f, struct id slot, const struct signer_new *who,
                                   struct why *why);
MUST_CHECK err_t slot_files_note(struct map *map, struct id slot);
