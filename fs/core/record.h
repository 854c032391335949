/* SPDX-License-Identifier: MIT
 * The inode that records say: only this file knows which records these are. Call with the namespace lock held (either
 * side).
 */
#pragma once

#include "fs/core/inode.h"

/* record_inode: what the records say of the inode, as change `t` will leave them (`fs` may be NULL where there is a
 * `t`), or as they are; nothing of its file's unflushed writes is over it. ret->inline_data and acl point into `raw`.
 * ERR_NOTFOUND, ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t record_inode(struct fs *fs, struct change *t, uint64_t ino, struct inode *ret, struct buf *raw);
