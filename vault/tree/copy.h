/* SPDX-License-Identifier: MIT
 * Numbers of files that siblings become, derived so that two devices that split the same one make the same file.
 * h = SHA-256("cloudseal copy" || ino u64 || root stamp (3 x u64) || root tag || alone u8), little-endian. The copy's
 * number is the first 8 bytes of h with the highest bit set, so that it is no reserved one; its birth id ino u64 and
 * the next 8: so it says whose copy it is.
 */
#pragma once

#include "vault/tree/tree.h"

struct copy {
	uint64_t ino;
	struct id birth;
};
/* copy_of: the file that the branch `root` of the file `ino` becomes. alone: of two versions on one branch (two clones
 * wrote it) the one that does not stand for it becomes a file by its own id, which is given as `root`. */
MUST_CHECK err_t copy_of(uint64_t ino, const struct version_id *root, bool alone, struct copy *ret);
/* copy_of_version: the file that the shown version `v` of `f` would be split into, by the id *ret_by: its root; or its
 * own, if another shown version stands for the branch. */
MUST_CHECK err_t copy_of_version(const struct tree_file *f, const struct tree_version *v, struct version_id *ret_by,
                                 struct copy *ret);
/* copy_origin: the `ino` that copy_of was given, if `birth` is that of a copy; else some number. */
uint64_t copy_origin(struct id birth);
/* copy_number: false: no copy has this number. */
static inline bool copy_number(uint64_t ino)
{
	return ino >> 63;
}

/* copy_exists: is there an INODE with this number and birth id? */
typedef err_t (*copy_exists)(void *ctx, const struct copy *c, bool *ret);
/* copy_path: which file shows the version `id` of the branch `root` that is recorded under `home`: what still arrives
 * on a branch that was made a file of its own belongs to that file. From `home`, the first, to the one that shows it,
 * the last: a branch is split into a copy, that into another, a few times at most; hostile records could make a circle.
 */
#define COPIES_IN_A_ROW 64
struct copy_path {
	uint64_t ino[1 + COPIES_IN_A_ROW];
	uint64_t alone; /* bit k: ino[k + 1] is a copy of the version alone, not of its branch */
	size_t n;
};
static inline uint64_t copy_path_end(const struct copy_path *p)
{
	return p->ino[p->n - 1];
}
struct copy_version {
	uint64_t home;
	struct version_id id, root;
};
MUST_CHECK err_t copy_path(const struct copy_version *v, copy_exists exists, void *ctx, struct copy_path *ret);
