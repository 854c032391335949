/* SPDX-License-Identifier: MIT
 * What a directory shows, out of local records: a tree (vault/tree/tree.h) of that directory alone. Its members and its
 * entries are as in the tree of all records, with the links, versions and hidden links of each; but for up and path of
 * the directory, what is in other directories, and how many names a file has (nlink).
 */
#pragma once

#include "vault/shown/context.h"
#include "vault/tree/build.h"

/* ask_dir: all that is in the directory of which `dir` is a member: costs its size. ask_cluster: what is recorded or
 * shown under names of the cluster of `hash` (shown_key.h), and perhaps some of what else its files show there, not as
 * it counts: costs the cluster. ask_losers: at least what has a conflict name, with what stands at the recorded names:
 * costs the conflicts in there; of united directories all. The caller knows that the directory is shown. */
MUST_CHECK err_t ask_dir(const struct context *c, const struct tree_naming *naming, uint64_t dir, struct tree **ret);
struct ask_at {
	uint64_t dir, hash;
};
MUST_CHECK err_t ask_cluster(const struct context *c, const struct tree_naming *naming, struct ask_at at,
                             struct tree **ret);
MUST_CHECK err_t ask_losers(const struct context *c, const struct tree_naming *naming, uint64_t dir, struct tree **ret);
