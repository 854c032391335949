/* SPDX-License-Identifier: MIT
 * How a tree answers: out of what was derived (whole.c), or by reading while it is asked (vault/shown/). Each is what
 * the query of tree.h of that name says.
 */
#pragma once

#include "vault/tree/tree.h"

enum tree_some { /* of the children of a directory, at least: */
	         TREE_ALL,
	         TREE_LEANING,   /* those that lean on that name (tree_leans) */
	         TREE_NAMESAKES, /* those to which a record gives that name */
};
struct tree_pick {
	enum tree_some what;
	struct span name;
};

struct tree_reader {
	err_t (*dir)(const struct tree *t, uint64_t ino, const struct tree_dir **ret);
	err_t (*is_empty)(const struct tree *t, uint64_t dir, bool *ret);
	err_t (*lookup)(const struct tree *t, uint64_t dir, struct span name, const struct tree_entry **ret);
	err_t (*children)(const struct tree *t, uint64_t dir, const struct tree_pick *pick, tree_visit fn, void *ctx);
	err_t (*conflicts)(const struct tree *t, tree_visit fn, void *ctx);
	err_t (*file)(const struct tree *t, uint64_t ino, const struct tree_file **ret);
	err_t (*link)(const struct tree *t, uint64_t ino, uint64_t lid, const struct tree_link **ret);
	err_t (*link_entry)(const struct tree *t, const struct tree_link *l, const struct tree_entry **ret);
	err_t (*sibling_entry)(const struct tree *t, const struct tree_version *v, const struct tree_entry **ret);
	/* split_from: of which file a shown sibling would be split into this number. */
	err_t (*split_from)(const struct tree *t, uint64_t number, uint64_t *ret);
	err_t (*nlink)(const struct tree *t, uint64_t ino, unsigned *ret);
	err_t (*is_revived)(const struct tree *t, uint64_t ino, bool *ret);
	err_t (*voided)(const struct tree *t, struct tree_inos *ret);
	err_t (*revived)(const struct tree *t, struct tree_inos *ret);
	err_t (*hangs_in)(const struct tree *t, uint64_t dir, const struct tree_dir *top, bool *ret);
	err_t (*bound)(const struct tree *t, uint64_t ino, uint64_t lid, struct tree_links *ret);
	void (*free)(struct tree *t);
};
