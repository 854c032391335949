/* SPDX-License-Identifier: MIT
 * What is known of a directory. Under the namespace lock.
 */
#pragma once

#include "fs/core/inode.h"

/* dir_edit: a live directory's record for a change of its entries: ENOTDIR, ENOENT when it was removed. */
int dir_edit(struct fs *fs, struct change *t, uint64_t dir, struct inode *ret, struct buf *raw);
/* dir_parent: where a directory's own name is; ENOENT when it has none. No set may have moved it. */
int dir_parent(struct fs *fs, uint64_t dir, uint64_t *ret);
