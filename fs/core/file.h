/* SPDX-License-Identifier: MIT
 * One regular file's contents: dirty buffers -> sealed blocks -> pieces in extents records. Used inside fs/ only.
 *
 * A write lands in a dirty buffer per BLOCK_SIZE block (at most one range each; a write that would leave a gap first
 * moves the old range to the pending list, where later wins). Full blocks are sealed at once. file_flush seals what is
 * left and puts blocks, extents and the inode into the records as one atomic batch: it runs before fsync, before every
 * other operation on that inode's records, every second from the flusher thread, and before a cut. A sealed range
 * becomes a piece; pieces it covers are cut or dropped. Files of up to INLINE_MAX bytes are kept in the inode record.
 *
 * Invariants: size in the inode record never shrinks below what a flushed piece covers except by truncate; pieces in a
 * window are sorted, disjoint, inside one block each; bytes between pieces read as zero; what could not be applied
 * stays in memory and is tried again, and the failure is reported once by fsync.
 */
#pragma once

#include "fs/fs.h"

struct file; /* one per inode with open handles or dirty data; owned by its node (fs/internal.h) */
struct node;
struct file *file_new(struct fs *fs, struct node *node);
void file_free(struct file *f);
bool file_dirty(const struct file *f);
uint64_t file_buffered(struct file *f); /* bytes not in the records yet; takes the file's lock */

/* These take their own locks. */
#define FILE_APPEND 1    /* at the end, whatever `off` says */
#define FILE_KILL_SUID 2 /* clear set-id bits */
#define FILE_NOWAIT 4    /* EFBIG rather than wait for cold blocks */
int file_write(struct file *f, uint64_t off, const void *p, size_t n, unsigned flags);
int file_flush(struct file *f);

/* Under fs.ns_lock's write side. file_flush_locked applies a batch of its own, before anything of `f` is changed by
 * the caller's set: so that bytes cannot be lost when the caller's set fails. The others flush first, then add to the
 * transaction `t`, which the caller applies; size, mtime and ctime are theirs. */
int file_flush_locked(struct file *f);
int file_truncate(struct file *f, struct txn *t, uint64_t size);
int file_punch(struct file *f, struct txn *t, uint64_t off, uint64_t len);
/* file_drop: the inode's last name and last handle are gone: contents go to REC_REAP. */
int file_drop(struct fs *fs, struct txn *t, const struct inode_rec *in);
