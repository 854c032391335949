/* SPDX-License-Identifier: MIT
 * Numbers of files that siblings become, derived so that two devices that split the same one make the same file.
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
