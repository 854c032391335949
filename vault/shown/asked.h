/* SPDX-License-Identifier: MIT
 * A tree (vault/tree/tree.h) that reads shared and local records while it is asked, and keeps what it read. A query
 * costs what it is about: an inode, the claims of a name; where something has a conflict name, what could have it too
 * (shown_key.h); all of a directory for tree_children alone, and for the conflicts of united ones.
 */
#pragma once

#include "vault/shown/context.h"
#include "vault/tree/build.h"

/* asked_tree: of these records, as long as they stay as they are. `c` is copied; what it points to stays. */
/* asked_close: records are going to change: it gives what it has read, and does not read any more (ERR_INVAL). */
MUST_CHECK err_t asked_tree(const struct context *c, const struct tree_naming *naming, struct tree **ret);
void asked_close(struct tree *t);
