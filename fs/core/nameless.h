/* SPDX-License-Identifier: MIT
 * Inodes without a name that are still in use here (REC_UNLINKED). Their removal is said to everybody; what
 * is done to them from then on stays on this device, and goes with their last user or at the next fs_open.
 */
#pragma once

#include "fs/core/inode.h"

/* nameless_inode: as change `t` will leave it; NULL: as it is. ERR_NOTFOUND: it is none. */
MUST_CHECK err_t nameless_inode(struct fs *fs, const struct change *t, uint64_t ino, struct inode *ret,
                                struct buf *raw);
/* nameless_again: others removed it, and it was written here since: the number of the file that it is now.
 * ERR_NOTFOUND: none. nameless_again_put: into the change. */
MUST_CHECK err_t nameless_again(struct fs *fs, const struct change *t, uint64_t ino, uint64_t *ret);
void nameless_again_put(struct change *t, uint64_t ino, uint64_t now);
/* nameless_put: into the change. nameless_drop: with all that belongs to it. */
void nameless_put(struct change *t, const struct inode *in);
MUST_CHECK err_t nameless_drop(struct change *t, uint64_t ino);
/* nameless_list: numbers of all, 8 bytes each. */
MUST_CHECK err_t nameless_list(struct fs *fs, struct buf *ret);
