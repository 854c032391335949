/* SPDX-License-Identifier: MIT
 * What the files of fs/ share. Not for other folders.
 */
#pragma once

#include "fs/fs.h"
#include "vault/block.h"

#include <pthread.h>

struct fs {
	struct fs_config cfg;       /* strings copied */
	pthread_rwlock_t tree_lock; /* writer-preferring; see fs.h */
	struct nodes *nodes;        /* fs/inode.c: kernel's lookup counts, nodes of open or dirty inodes */
	struct data *data;          /* fs/data.c: flusher, reads in flight, eviction, room hook */
	struct notices *notices;    /* fs/notices.c: what the kernel is to be told */
	uint32_t ino_prefix;        /* random, drawn at every open; numbers are never used again */
	_Atomic uint32_t ino_next;
};

/* A node: an inode with open handles or dirty data. Nodes of inodes that the kernel merely remembers are not kept. */
struct file;
struct node {
	struct node *next; /* hash chain; nodes' lock */
	uint64_t ino;
	uint32_t users;    /* handles and calls in progress; nodes' lock */
	struct file *file; /* made on first use of a regular file's contents; owned; nodes' lock for the pointer */
};
/* node_acquire: the node of `ino`, made if need be; NULL: out of memory. node_release: at zero users a clean node goes;
 * if the inode is an orphan with no kernel reference it is reaped. node_find: NULL unless it is in memory already. */
struct node *node_acquire(struct fs *fs, uint64_t ino);
struct node *node_find(struct fs *fs, uint64_t ino);
void node_release(struct fs *fs, struct node *n);
/* nodes_each: fn for every node in memory, each acquired during its call. */
void nodes_each(struct fs *fs, void (*fn)(void *ctx, struct node *n), void *ctx);

/* Records. Call with the tree lock held (either side). inode_get also overlays what an open file has not flushed yet.
 */
int inode_get(struct fs *fs, uint64_t ino, struct inode_rec *ret,
              struct buf *hold); /* ret->inline_data points into hold */
int inode_get_tree(struct tree *t, uint64_t ino, struct inode_rec *ret, struct buf *hold);
void inode_put_tree(struct tree *t, const struct inode_rec *in);
void inode_stat(struct fs *fs, const struct inode_rec *in, const struct count_rec *counts, struct stat *st);
struct stamp stamp_now(void);
int errno_of(err_t e);

/* fs/data.c */
int data_open(struct fs *fs);
void data_close(struct fs *fs); /* flushed already; stops threads, answers parked reads with EIO */
int handle_new(struct fs *fs, struct node *n, int flags, struct fs_file **ret); /* takes the node reference over */
/* file_overlay: size, mtime, ctime, mode of writes not flushed yet, over a record. */
void file_overlay(struct file *f, struct inode_rec *in);
/* file_refresh: another device changed the inode's record. */
void file_refresh(struct file *f);
