/* SPDX-License-Identifier: MIT
 * What the files of fs/ share. Not for other folders.
 */
#pragma once

#include "fs/fs.h"
#include "util/cleanup.h"
#include "vault/objects/block.h"

#include <pthread.h>

struct fs {
	struct fs_config cfg;     /* strings copied */
	pthread_rwlock_t ns_lock; /* writer-preferring; see fs.h */
	struct nodes *nodes;      /* fs/inode.c: kernel's lookup counts, nodes of open or dirty inodes */
	struct data *data;        /* fs/data.c: flusher, reads in flight, eviction, room hook */
	struct notices *notices;  /* fs/notices.c: what the kernel is to be told */
	struct pins *pins;        /* fs/keeper.c: the thread that fetches what is pinned */
	struct damage *damage;    /* fs/path.c: the ring behind fs_damaged */
	uint64_t hash_mask;       /* of name hashes: all ones; tests narrow it to make ties */
	uint32_t ino_prefix;      /* random, drawn at every open; numbers are never used again */
	_Atomic uint32_t ino_next;
};

/* The namespace lock. Never twice by one thread: a waiting writer blocks new readers. */
static inline void ns_rdlock(struct fs *fs)
{
	if (pthread_rwlock_rdlock(&fs->ns_lock))
		abort();
}
static inline void ns_wrlock(struct fs *fs)
{
	if (pthread_rwlock_wrlock(&fs->ns_lock))
		abort();
}
static inline void ns_unlock(struct fs *fs)
{
	if (pthread_rwlock_unlock(&fs->ns_lock))
		abort();
}
static inline void ns_unlock_(struct fs *const *fs)
{
	if (*fs)
		ns_unlock(*fs);
}
/* ns_guard_read(fs): the read side until the end of the scope. */
#define ns_guard_read(fs_)                                                                                             \
	cleanup(ns_unlock_) __attribute__((unused)) struct fs *const GUARD_CAT_(guard_, __LINE__) = (fs_);             \
	ns_rdlock(fs_)

/* One operation: change_begin takes the write side and starts a set; change_end applies it when `err` is 0, frees it,
 * unlocks and pokes the sync engine; returns the operation's errno. */
struct txn *change_begin(struct fs *fs);
int change_end(struct fs *fs, struct txn *t, int err);

/* A node: an inode with open handles or dirty data. Nodes of inodes that the kernel merely remembers are not kept. */
struct file;
struct node {
	struct node *next; /* hash chain; nodes' lock */
	uint64_t ino;
	uint32_t users;    /* handles and calls in progress; nodes' lock */
	bool orphan;       /* has no name any more; nodes' lock */
	bool on_idle;      /* nodes' lock */
	struct node *idle; /* nodes that node_unref left for the next node_release; nodes' lock */
	struct file *file; /* made on first use of a regular file's contents; owned; nodes' lock for the pointer */
};
/* node_acquire: the node of `ino`, made if need be; NULL: out of memory. node_find: NULL unless it is in memory
 * already. Both give a reference, and may be called with or without the namespace lock. */
struct node *node_acquire(struct fs *fs, uint64_t ino);
struct node *node_find(struct fs *fs, uint64_t ino);
/* node_release: with no lock held. At zero users a clean node goes; an orphan that the kernel forgot is reaped.
 * node_unref: the same with the namespace lock held (either side): what is to be freed or reaped waits for the next
 * node_release. */
void node_release(struct fs *fs, struct node *n);
void node_unref(struct fs *fs, struct node *n);
/* node_file: the node's file, made if need be; NULL: out of memory. With the namespace lock held (either side). */
struct file *node_file(struct fs *fs, struct node *n);
/* nodes_each: fn for every node in memory, each acquired during its call; no lock held. */
void nodes_each(struct fs *fs, void (*fn)(void *ctx, struct node *n), void *ctx);

/* Records. Call with the namespace lock held (either side). inode_get also lays over it what an open file has not
 * flushed yet.
 */
int inode_get(struct fs *fs, uint64_t ino, struct inode_rec *ret,
              struct buf *hold); /* ret->inline_data points into hold */
int inode_get_txn(struct txn *t, uint64_t ino, struct inode_rec *ret, struct buf *hold);
/* inode_edit: like inode_get_txn, after flushing an open file's pending writes into the same set: before every change
 * of the record that is not the file's own. */
int inode_edit(struct fs *fs, struct txn *t, uint64_t ino, struct inode_rec *ret, struct buf *hold);
void inode_put_txn(struct txn *t, const struct inode_rec *in);
int inode_counts(struct fs *fs, uint64_t ino, struct count_rec *ret);
void inode_stat(struct fs *fs, const struct inode_rec *in, const struct count_rec *counts, struct stat *st);
/* inode_getstat: inode_get, inode_counts and inode_stat. */
int inode_getstat(struct fs *fs, uint64_t ino, struct stat *st);
struct stamp stamp_now(void);
int errno_of(err_t e);
/* damage_note: for fs_damaged and the log; no lock held. `object`: name of the remote object, or "" for what is damaged
 * on this device; `what`: which part of the file. Known damage is not logged again. */
void damage_note(struct fs *fs, uint64_t ino, const char *object, const char *what);
/* damage_check: the same for a record of this device, when `e` is ERR_DAMAGED; the namespace lock is held. `name`: of
 * an entry in `ino`, or NULL. Gives `e` back. */
err_t damage_check(struct fs *fs, err_t e, uint64_t ino, const char *name, const char *what);

/* fs/data.c */
int data_open(struct fs *fs);
void data_close(struct fs *fs); /* flushed already; stops threads, answers parked reads with EIO */
/* data_freeze: under the namespace lock's write side: flushes every changed file. */
void data_freeze(struct fs *fs);
int handle_new(struct fs *fs, struct node *n, int flags, struct fs_file **ret); /* takes the node reference over */
/* file_memtable: size, mtime, ctime, mode of writes not flushed yet, over a record. */
void file_memtable(struct file *f, struct inode_rec *in);
/* file_refresh: another device changed the inode's record. */
void file_refresh(struct file *f);
