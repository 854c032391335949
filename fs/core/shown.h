/* SPDX-License-Identifier: MIT
 * The inode that a number shows, out of shared records.
 */
#pragma once

#include "fs/core/inode.h"
#include "vault/act/act.h"

/* shown_inode: as the operation under way has left it; ret->inline_data and acl point into `raw`. ERR_NOTFOUND: nothing
 * is shown under the number. */
MUST_CHECK err_t shown_inode(struct fs *fs, uint64_t ino, struct inode *ret, struct buf *raw);
/* recorded_inode: the same of what its INODE says, shown or not. ERR_NOTFOUND: it has none. */
MUST_CHECK err_t recorded_inode(struct fs *fs, uint64_t ino, struct inode *ret, struct buf *raw);
/* made_inode: of what the operation under way made: nothing else can be shown under its number, so no tree is asked. */
MUST_CHECK err_t made_inode(const struct act *a, uint64_t ino, struct inode *ret, struct buf *raw);
/* shown_recorded: does a view have an INODE of the number, shown or not? */
MUST_CHECK err_t shown_recorded(const struct view *v, uint64_t ino, bool *ret);
