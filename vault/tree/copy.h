/* SPDX-License-Identifier: MIT
 * Numbers of files that siblings become, derived so that two devices that split the same one make the same file.
 * h = SHA-256("cloudseal copy" || ino u64 || root stamp (3 x u64) || root tag || alone u8), little-endian. The copy's
 * number is the first 8 bytes of h, its birth id ino u64 and the next 8: so it says whose copy it is.
 */
#pragma once

#include "vault/join/types.h"

struct copy {
	uint64_t ino;
	struct id birth;
};
/* copy_of: the file that the branch `root` of the file `ino` becomes. alone: of two versions on one branch (two clones
 * wrote it) the one that does not stand for it becomes a file by its own id, which is given as `root`. */
MUST_CHECK err_t copy_of(uint64_t ino, const struct version_id *root, bool alone, struct copy *ret);
/* copy_origin: the `ino` that copy_of was given, if `birth` is that of a copy; else some number. */
uint64_t copy_origin(struct id birth);

/* copy_exists: is there an INODE with this number and birth id? */
typedef err_t (*copy_exists)(void *ctx, const struct copy *c, bool *ret);
/* copy_home: which file shows the version `id` of the branch `root` that is recorded under `*ino`: what still arrives
 * on a branch that was made a file of its own belongs to that file. */
MUST_CHECK err_t copy_home(const struct version_id *id, const struct version_id *root, copy_exists exists, void *ctx,
                           uint64_t *ino);
