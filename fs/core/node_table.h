/* SPDX-License-Identifier: MIT
 * Nodes: the inodes with open handles or dirty data, and how often the kernel has looked each inode up. Inodes that the
 * kernel merely remembers have a count and no node.
 */
#pragma once

#include "fs/core/file.h"

struct node {
	struct node *next; /* hash chain; nodes' lock */
	uint64_t ino;
	uint32_t users;    /* handles and calls in progress; nodes' lock */
	uint32_t handles;  /* of these; nodes' lock */
	bool orphan;       /* has no name any more; nodes' lock */
	bool elsewhere;    /* by what others did: what is written still is another file's; nodes' lock */
	bool on_idle;      /* nodes' lock */
	struct node *idle; /* nodes that node_unref left for the next node_release; nodes' lock */
	struct file *file; /* made on first use of a regular file's contents; owned; nodes' lock for the pointer */
};

int nodes_open(struct fs *fs);
void nodes_close(struct fs *fs);
/* nodes_on_unused_orphan: `fn` is called, with no lock held, when the last user of an inode without a name has gone. */
typedef void (*nodes_orphan_fn)(struct fs *fs, uint64_t ino);
void nodes_on_unused_orphan(struct fs *fs, nodes_orphan_fn fn);

/* node_acquire: the node of `ino`, made if need be; NULL: out of memory. node_find: NULL unless it is in memory
 * already. Both give a reference, and may be called with or without the namespace lock. */
struct node *node_acquire(struct fs *fs, uint64_t ino);
/* node_open: node_acquire for whoever opens it, with no lock held. A file that nobody had open any more, and that was
 * flushed since, is not gone on with: it would stay in the version that it was opened in. */
struct node *node_open(struct fs *fs, uint64_t ino);
struct node *node_find(struct fs *fs, uint64_t ino);
/* node_release: with no lock held. At zero users a clean node goes; an orphan that the kernel forgot is reaped.
 * node_unref: the same with the namespace lock held (either side): what is to be freed or reaped waits for the next
 * node_release or nodes_sweep. nodes_sweep: frees and reaps what waits, with no lock held; the flusher calls it every
 * second or sooner, since no other call need ever come. */
void node_release(struct fs *fs, struct node *n);
void node_unref(struct fs *fs, struct node *n);
void nodes_sweep(struct fs *fs);
/* node_file: the node's file, made if need be; NULL: out of memory. With the namespace lock held (either side).
 * node_file_if: NULL if it has none. */
struct file *node_file(struct fs *fs, struct node *n);
struct file *node_file_if(struct fs *fs, struct node *n);
/* node_mark_orphan: marks the inode if the kernel or a node knows it; false: nobody does. node_in_use: somebody does.
 */
bool node_mark_orphan(struct fs *fs, uint64_t ino);
/* node_mark_elsewhere: the same, by others: it stays until what was written is flushed, also without a user.
 * node_is_elsewhere: it was marked so. */
bool node_mark_elsewhere(struct fs *fs, uint64_t ino);
bool node_is_elsewhere(struct fs *fs, const struct node *n);
/* node_opened, node_closed: one handle more, or less. node_has_handles: there are some. */
void node_opened(struct fs *fs, struct node *n);
void node_closed(struct fs *fs, struct node *n);
bool node_has_handles(struct fs *fs, const struct node *n);
bool node_in_use(struct fs *fs, uint64_t ino);
/* node_is_open: somebody has it open, or what was written is not flushed. */
bool node_is_open(struct fs *fs, uint64_t ino);
/* nodes_known: the kernel remembers the inode. */
bool nodes_known(struct fs *fs, uint64_t ino);
/* node_ref_kernel: one more lookup reference; under the namespace lock (either side), so that the inode cannot go.
 * ENOMEM. node_unref_kernel: takes one back, under its write side: what is to be reaped is so by whoever opens or
 * closes something next. */
int node_ref_kernel(struct fs *fs, uint64_t ino);
void node_unref_kernel(struct fs *fs, uint64_t ino);
/* nodes_forget: the kernel gives `nlookup` references back. */
void nodes_forget(struct fs *fs, uint64_t ino, uint64_t nlookup);
