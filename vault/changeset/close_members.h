/* SPDX-License-Identifier: MIT
 * What begins an epoch carries records of members alone (docs/format.md, "Epochs"): of the open set these are closed,
 * and all else stays open, under the next n. Its stamps keep the dot of the commit that it does not come with, as in
 * turn_back.h.
 */
#pragma once

#include "vault/changeset/changeset.h"

/* changeset_close_members: `again`: a set was closed, and has no commit: what is in it is open again first, by parts,
 * and n stays. Else n is one more. Afterwards the closed set says what is said of members, perhaps nothing;
 * *ret_lamport: of this moment. It stops everybody by the map's freeze hook; not under what that takes. What the map
 * and joining fail with: some of what was closed may be open again, and nothing else is done. */
MUST_CHECK err_t changeset_close_members(struct changeset *c, bool again, uint64_t *ret_lamport);
