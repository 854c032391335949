/* SPDX-License-Identifier: MIT
 * Derives the shown tree of all records, from scratch: O(n log n) time, and memory for all of it.
 */
#pragma once

#include "vault/tree/tree.h"

/* What stands in a conflict name after "conflict ": of the branch `root`, whose first version was written at `time`
 * (seconds since 1970). The same on every device; a text of at most TREE_WHO - 1 bytes without '(', ')' and '/', that
 * ends with a digit. */
#define TREE_WHO 96
struct tree_naming {
	void (*who)(void *ctx, const struct version_id *root, int64_t time, char out[TREE_WHO]);
	void *ctx;
};

/* tree_build: of all that `v` has. tree_freep: NULL is fine. */
MUST_CHECK err_t tree_build(const struct view *v, const struct tree_naming *naming, struct tree **ret);
void tree_freep(struct tree **t);
