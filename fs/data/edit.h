/* SPDX-License-Identifier: MIT
 * Records of inodes that are changed: what an open file has not flushed goes first, so that size and times have one
 * owner at a time. Under the namespace lock's write side, unless said otherwise.
 */
#pragma once

#include "fs/core/file.h"

/* inode_edit: the record for a change that is not the file's own, as transaction `t` will leave it. */
/* They may give ENONRESIDENT: see edit_again. */
int inode_edit(struct fs *fs, struct txn *t, uint64_t ino, struct inode_rec *ret, struct buf *raw);
/* edit_begin, edit_end: the frame of an operation on the records of a regular file's contents. */
int edit_begin(struct file *f, struct txn *t, struct inode_rec *in, struct buf *raw);
int edit_end(struct file *f, struct txn *t, struct inode_rec *in);
/* edit_again: after an operation on the inodes `a` and `b` (0: none), with no lock held. True: it gave ENONRESIDENT,
 * and what these inodes waited for has come: it is to be made again. False: *err is what it comes to. */
bool edit_again(struct fs *fs, uint64_t a, uint64_t b, int *err);
