/* SPDX-License-Identifier: MIT
 * The smallest changes of a directory, and what is known of one. Under the namespace lock.
 */
#pragma once

#include "fs/core/inode.h"

/* dir_edit: a live directory's record for a change of its entries: ENOTDIR, ENOENT when it was removed. dir_touch:
 * mtime and ctime, and puts it. */
int dir_edit(struct fs *fs, struct change *t, uint64_t dir, struct inode *ret, struct buf *raw);
int dir_touch(struct change *t, uint64_t dir, struct timestamp now);
/* inode_touch: ctime. */
int inode_touch(struct fs *fs, struct change *t, uint64_t ino, struct timestamp now);
/* dir_empty: ENOTEMPTY, or 0. */
int dir_empty(struct fs *fs, uint64_t dir);
/* dir_parent: where a directory's own name is; ENOENT when it has none. No set may have moved it. */
int dir_parent(struct fs *fs, uint64_t dir, uint64_t *ret);
