/* SPDX-License-Identifier: MIT
 * What the namespace's files share beyond fs/internal.h: the node table's life, the kernel's references, orphans.
 */
#pragma once

#include "fs/core/fs_state.h"

int nodes_open(struct fs *fs);
void nodes_close(struct fs *fs);
/* nodes_each_locked: nodes_each under the namespace lock's write side. */
void nodes_each_locked(struct fs *fs, void (*fn)(void *ctx, struct node *n), void *ctx);
/* nodes_known: the kernel remembers the inode. */
bool nodes_known(struct fs *fs, uint64_t ino);
/* node_ref_kernel: one more lookup reference; under the namespace lock (either side), so that the inode cannot go.
 * ENOMEM.
 */
int node_ref_kernel(struct fs *fs, uint64_t ino);
/* node_unref_kernel: takes that back, still under the same lock; the inode has a name, so nothing is to be reaped. */
void node_unref_kernel(struct fs *fs, uint64_t ino);

/* inode_outsider: a change of owner or ACL by somebody who is not in the file's group `gid` takes its set-gid bit. */
void inode_outsider(struct fs *fs, const struct fs_caller *who, struct inode_rec *in, uint32_t gid);

/* rec_get: a record of MAP_RECORDS, as set `t` will leave it (t != NULL) or as it is. */
err_t rec_get(struct fs *fs, struct txn *t, struct span key, struct buf *out);

/* orphan_made: in set `t` the inode lost its last name: it becomes an orphan if anyone still uses it, else it goes. */
int orphan_made(struct fs *fs, struct txn *t, const struct inode_rec *in);
/* orphan_reap: removes the inode if it is an orphan that nobody uses; no lock held. */
void orphan_reap(struct fs *fs, uint64_t ino);
/* orphan_reap_all: at fs_open, when nobody can use any. */
int orphan_reap_all(struct fs *fs);
/* node_mark_orphan: marks the inode if the kernel or a node knows it; false: nobody does. node_in_use: somebody does.
 */
bool node_mark_orphan(struct fs *fs, uint64_t ino);
bool node_in_use(struct fs *fs, uint64_t ino);
/* usage_of: bytes of a regular file that are not holes; about (fs/usage.c). Under the namespace lock. */
uint64_t usage_of(struct fs *fs, const struct inode_rec *in);
/* usage_buffered: bytes written that are in no window yet: must not look like a hole. Under the namespace lock. */
uint64_t usage_buffered(struct fs *fs, uint64_t ino);
