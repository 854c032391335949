/* SPDX-License-Identifier: MIT
 * Inodes without a name. An inode that loses its last name while the kernel or a handle still uses it gets REC_ORPHAN
 * in the same set, and goes with everything it owns when the last user does, or at the next fs_open.
 */
#pragma once

#include "fs/core/inode.h"

/* orphan_made: in transaction `t` the inode lost its last name: it becomes an orphan if anyone still uses it, else it
 * goes. */
int orphan_made(struct fs *fs, struct change *t, const struct inode *in);
/* orphan_reap: removes the inode if it is an orphan that nobody uses; no lock held. */
void orphan_reap(struct fs *fs, uint64_t ino);
/* orphan_reap_all: at fs_open, when nobody can use any. */
int orphan_reap_all(struct fs *fs);
