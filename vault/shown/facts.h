/* SPDX-License-Identifier: MIT
 * One inode as it counts, out of a view. The rules are those of vault/tree, run on a tree of this one inode and what
 * its links are bound to.
 */
#pragma once

#include "vault/shown/alone.h"

void facts_free(struct facts *f);
/* facts_load: all that is in struct facts. ERR_DAMAGED and what the view says. */
MUST_CHECK err_t facts_load(const struct context *c, uint64_t ino, struct facts *ret);
/* The same in two steps: what INODE says is asked for by others, too. */
struct facts_read {
	bool there;
	struct shared_inode inode; /* bare; nothing of the root and of lost+found */
	bool single; /* of a file: it has no other link and no other version, and shows its own: INODE tells everything
	              */
};
MUST_CHECK err_t facts_read(const struct context *c, uint64_t ino, struct facts_read *ret);
void facts_read_free(struct facts_read *r);
MUST_CHECK err_t facts_tell(const struct context *c, uint64_t ino, const struct facts_read *r, struct facts *ret);
/* facts_add: of a file: all that is shown of it goes into `t`, plain: no link of those is removed, bound or half of
 * anything, each version is the file's. Links that are not in one of `dirs` (ascending) go to the directory
 * `elsewhere`. */
struct facts_dirs {
	const uint64_t *v;
	size_t n;
	uint64_t elsewhere;
};
MUST_CHECK err_t facts_add(const struct context *c, uint64_t ino, const struct facts_dirs *dirs, struct tree *t);
