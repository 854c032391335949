/* SPDX-License-Identifier: MIT
 * Format 2: the inode that a number shows, out of shared records.
 */
#pragma once

#include "fs/core/inode.h"

/* shown_inode: as the operation under way has left it; ret->inline_data and acl point into `raw`. ERR_NOTFOUND: nothing
 * is shown under the number. */
MUST_CHECK err_t shown_inode(struct fs *fs, uint64_t ino, struct inode *ret, struct buf *raw);
