/* SPDX-License-Identifier: MIT
 * The hashes of roll.h. What goes in is the same on two devices that know the same: nothing that one of them alone has
 * heard of, and that counts for nobody.
 *
 *   members  SHA-256 of "cloudseal verify members" NUL, genesis hash(32), rules version(u32), recovery slot in
 * force(16), then of each member, ascending by id, device or slot: id(16) state    SHA-256 of "cloudseal verify state"
 * NUL, genesis hash(32), digest of the published records(32), then of each position, ascending: stream(u64) n(u64)
 * first half of that commit's hash(16)
 */
#pragma once

#include "sync/members/roll.h"
#include "vault/members/parts.h"
#include "vault/objects/vv.h"

/* roll_hash_members, roll_hash_state: ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t roll_hash_members(const struct roster *r, struct hash genesis, struct roll_hashes *ret);
MUST_CHECK err_t roll_hash_state(const struct vv *positions, struct hash digest, struct hash genesis,
                                 struct roll_hashes *ret);
/* roll_hashes: both, of this device. With `work` held. */
MUST_CHECK err_t roll_hashes(struct sync *s, struct roll_hashes *ret);
