/* SPDX-License-Identifier: MIT
 * Derives the shown tree of all records, from scratch: O(n log n) time, and memory for all of it.
 */
#pragma once

#include "vault/tree/conflict.h"
#include "vault/tree/stand_in.h"
#include "vault/tree/tree.h"

/* How names and numbers are said. */
struct tree_naming {
	/* Who is named in conflict names; the same on every device. */
	/* who: text after "conflict " (conflict.h) for the branch `root`, whose first version was written at `time`. */
	void (*who)(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO]);
	void *ctx;                         /* lives as long as the tree */
	const struct stand_ins *stand_ins; /* likewise; of this device alone. NULL: none */
	/* at: another number whenever one of these texts may be another; NULL: they may be at any time. */
	uint64_t (*at)(void *ctx);
};

/* tree_build: of all that `v` has. */
MUST_CHECK err_t tree_build(const struct view *v, const struct tree_naming *naming, struct tree **ret);

/* The same of values, in any order; no record twice. tree_freep when any of them fails. */
MUST_CHECK err_t tree_new(const struct tree_naming *naming, struct tree **ret);
MUST_CHECK err_t tree_add_inode(struct tree *t, const struct inode_head *head);
MUST_CHECK err_t tree_add_link(struct tree *t, const struct link_rec *link);
MUST_CHECK err_t tree_add_version(struct tree *t, const struct version_rec *version);
MUST_CHECK err_t tree_derive(struct tree *t); /* once, after all were added and before anything is asked */
