/* SPDX-License-Identifier: MIT
 * Records of MAP_RECORDS, and the inode that one of them says. Call with the namespace lock held (either side).
 */
#pragma once

#include "fs/core/inode.h"

/* record_get: a record of MAP_RECORDS, as transaction `t` will leave it (t != NULL) or as it is. */
MUST_CHECK err_t record_get(struct fs *fs, struct change *t, struct span key, struct buf *out);
/* record_inode: what the record says of the inode, as record_get (`fs` may be NULL where there is a `t`); nothing of
 * its file's unflushed writes is over it. ret->inline_data points into `raw`. */
MUST_CHECK err_t record_inode(struct fs *fs, struct change *t, uint64_t ino, struct inode *ret, struct buf *raw);
/* record_inode_decode: an inode out of a record's value; ret->inline_data points into it. ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t record_inode_decode(struct span value, struct inode *ret);
/* record_inode_encode: appends the value of its record; marks `out` failed when `in` is not a valid inode. */
void record_inode_encode(const struct inode *in, struct buf *out);
