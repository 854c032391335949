/* SPDX-License-Identifier: MIT
 * The first commit of a vault, which stands on nothing: what genesis says must stand in it (docs/format.md, "Refused").
 * Records come in the order of their keys, so the root's INODE, SUPER and GENESIS before the slots, devices and epochs
 * that genesis names.
 *
 * Whoever is let in can sign a commit that stands on nothing. It must not begin another vault, nor this one anew by
 * what others would have to find out later.
 */
#pragma once

#include "vault/join/group.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_key.h"
#include "vault/objects/commit_records.h"

/* first_file: of the records of a file. first_record: of all else. Nothing is looked at in another commit than one that
 * stands on nothing. ERR_NOMEM, ERR_CRYPTO. */
void first_file(struct commit_records *s, const struct shared_name *n, struct nodes list);
MUST_CHECK err_t first_record(struct commit_records *s, const struct vault_name *n, struct nodes list);
/* first_whole: whether all is there but slots and devices, which are newcomers (commit_newcomers.h); true of another
 * commit. */
bool first_whole(const struct commit_records *s);
