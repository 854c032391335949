/* SPDX-License-Identifier: MIT
 * Records of inodes that are changed: what an open file has not flushed goes first, so that size and times have one
 * owner at a time. Under the namespace lock's write side, unless said otherwise.
 */
#pragma once

#include "fs/core/file.h"
#include "util/deadline.h"

/* inode_edit: the record for a change that is not the file's own, as transaction `t` will leave it. It waits for no
 * block of the store: of contents that do, only times and set-id bits go first. The record's size is then older than
 * the file's: inode_edit_show. */
int inode_edit(struct fs *fs, struct change *t, uint64_t ino, struct inode *ret, struct buf *raw);
/* inode_edit_show: over a record that was put: what of its file is still unflushed, for `struct stat`. */
void inode_edit_show(struct fs *fs, struct inode *in);
/* edit_begin, edit_end: the frame of an operation on the records of a regular file's contents: `before` is what
 * edit_begin gave. edit_begin may give ENONRESIDENT: see edit_again. */
int edit_begin(struct file *f, struct change *t, struct inode *in, struct buf *raw);
int edit_end(struct file *f, struct change *t, const struct inode *before, struct inode *in);
/* edit_patience: until when an operation that begins now waits in all, however often it is made again.
 * edit_again: after an operation on the contents of inode `ino`, with no lock held. True: it gave ENONRESIDENT, and
 * what it waited for has come before `end`: it is to be made again. False: *err is what it comes to. */
struct deadline edit_patience(void);
bool edit_again(struct fs *fs, uint64_t ino, struct deadline end, int *err);
