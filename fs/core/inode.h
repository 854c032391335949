/* SPDX-License-Identifier: MIT
 * Records of inodes. Call with the namespace lock held (either side).
 */
#pragma once

#include "fs/core/config.h"

/* record_get: a record of MAP_RECORDS, as transaction `t` will leave it (t != NULL) or as it is. */
err_t record_get(struct fs *fs, struct txn *t, struct span key, struct buf *out);
/* inode_get: the record, and over it what an open file has not flushed yet; ret->inline_data points into `raw`. */
int inode_get(struct fs *fs, uint64_t ino, struct inode_rec *ret, struct buf *raw);
/* inode_get_txn: as transaction `t` will leave it. A file's unflushed writes are not in it: data/edit.h. */
int inode_get_txn(struct txn *t, uint64_t ino, struct inode_rec *ret, struct buf *raw);
void inode_put_txn(struct txn *t, const struct inode_rec *in);
/* inode_counts: how many names and subdirectories it has. */
int inode_counts(struct fs *fs, uint64_t ino, struct count_rec *ret);
/* inode_new_version: mtime, ctime and content version of a record whose contents change now. */
int inode_new_version(struct inode_rec *in);
static inline bool inode_has_contents(const struct inode_rec *in)
{
	return !id_is_zero(in->content);
}
