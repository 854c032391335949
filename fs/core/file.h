/* SPDX-License-Identifier: MIT
 * One regular file in memory: what its record says, and what of its contents is not flushed yet.
 *
 * A file that is not stored in blocks is *inline*: its bytes are `inl`, then zeros up to its size. Of any other file a
 * byte is, newest first, in: a dirty range; the last pending range that covers it; an extent of the records; else zero.
 */
#pragma once

#include "fs/core/changed.h"
#include "fs/core/inode.h"
#include "fs/core/inode_rec.h"
#include "fs/core/write_buffer.h"

#include <pthread.h>

struct file_contents { /* what the record and later writes say */
	bool loaded;
	bool stored;             /* in blocks, under `key`; else inline */
	uint64_t size, recorded; /* now, and in the record */
	struct id content;       /* where they are; zero until they are flushed */
	struct id block;         /* they are this block */
	uint64_t ino;            /* whose record says so: of what others removed, the file that it is now */
	struct id birth;
	struct version_id at; /* of the version that says so */
	uint8_t key[32];
	uint8_t inl[FILE_INLINE_MAX];
	size_t inl_len;
};
struct file_flush {                /* how flushing went */
	int error;                 /* of the last flush; 0: nothing is kept from being durable */
	int64_t ask_at, ask_pause; /* mono, when these are asked for again; its distance */
};
struct file { /* one per inode with open handles or dirty data; owned by its node (core/node_table.h) */
	struct fs *fs;
	uint64_t ino;
	_Atomic uint64_t generation; /* grows whenever the records of the contents change */
	pthread_mutex_t lock;        /* all below, unless said otherwise; after the namespace lock */
	struct file_contents now;
	_Atomic bool changed; /* there is something to flush; read without the lock by file_dirty */
	bool kill_suid;
	struct timestamp mtime; /* of the last write, when changed */
	bool times_flushed;     /* mtime, ctime and set-id bits are the record's, though contents are unflushed */
	struct write_buffer buffer;
	struct file_flush flush;
	struct changed_file in_changed; /* lock of fs->changed */
	/* The namespace lock's write side: what is written goes in place of the version that it was opened
	 * with, whatever comes since. */
	struct act_handle act;
	bool held; /* act is one of vault/act's, since the first opener for writing */
};

struct file *file_new(struct fs *fs, uint64_t ino);
/* file_free: no lock held. */
void file_free(struct file *f);
/* file_dirty: there is something to flush. No lock needed. */
bool file_dirty(const struct file *f);
/* file_buffered: bytes not in the records yet; takes the file's lock. */
uint64_t file_buffered(struct file *f);
static inline bool file_inline(const struct file *f)
{
	return !f->now.stored;
}
/* file_load: with the namespace lock (either side) and the file's lock. errno. */
int file_load(struct file *f);
/* file_load_from: out of what was read of its record just now; with the same locks. errno. */
int file_load_from(struct file *f, const struct inode *in);
/* file_mark: something is to be flushed now. file_clean: nothing is. With the file's lock. */
void file_mark(struct file *f);
void file_clean(struct file *f);
/* file_seal: seals pending ranges of at least `min` bytes, the file's lock taken for one at a time, so that readers and
 * the namespace's writers need not wait long. */
int file_seal(struct file *f, uint32_t min);
/* file_seal_locked: all of them, with the file's lock. */
int file_seal_locked(struct file *f);
/* file_show_unflushed: size, mtime, ctime, mode of writes not flushed yet, over a record. Takes the file's lock. */
void file_show_unflushed(struct file *f, struct inode *in);
/* file_show_times: all of that but the size, unless the record has it already. With the file's lock. */
void file_show_times(const struct file *f, struct inode *in);
/* file_hold: it is open for writing: from now on it stays in the version that is shown now, until it is
 * freed. With the namespace lock's write side. */
int file_hold(struct file *f);
/* file_hold_new: the same within the change that makes the file; if that is not applied, it is to be freed. */
int file_hold_new(struct file *f, struct change *t);
/* file_refresh: another device changed the inode's record; where nobody has it open, it is not gone on with in the
 * version that was shown before. Under the namespace lock's write side, as the freeze hook holds it; takes the file's
 * lock. */
void file_refresh(struct file *f);
/* file_mode_killed: without set-id bits. */
uint32_t file_mode_killed(uint32_t mode);
/* file_new_key: a file key, in memory. */
int file_new_key(uint8_t key[32]);
