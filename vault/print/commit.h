/* SPDX-License-Identifier: MIT
 * A commit for people: what it says of itself. Its changes are records: print_change for each.
 */
#pragma once

#include "util/fields.h"
#include "vault/objects/commit.h"

/* print_commit: all but the changes. `c` is the commit's last part. */
void print_commit(const struct fields *f, const struct commit *c);
/* print_change: one of its changes: put with the record, or delete with its key. */
void print_change(const struct fields *f, struct span key, struct span value);
