/* SPDX-License-Identifier: MIT
 * The inside of struct file and of an open handle, shared by the files of the data path only.
 *
 * A file whose content id is zero is *inline*: its bytes are `inl`, then zeros up to its size.
 * Newest first, a byte is in: a dirty buffer; the last pending range that covers it; a piece of the records.
 */
#pragma once

#include "fs/core/data.h"
#include "fs/core/file.h"
#include "fs/core/fs_state.h"

struct dirty { /* bytes [from, to) of one block, at p[0]; the whole block only when memory ran out */
	uint64_t block;
	uint32_t from, to, cap;
	uint8_t *p;
};
struct pending { /* a range inside one block on its way to the records */
	struct pending *next;
	uint64_t off;
	uint32_t len;
	uint8_t *plain;     /* kept until the batch is applied: reads, and sealing anew after a failure */
	uint8_t id[ID_LEN]; /* these three once sealed */
	struct pending_block block;
	struct buf sealed; /* empty: not sealed yet */
};
struct file {
	struct fs *fs;
	uint64_t ino;
	_Atomic uint64_t generation; /* grows whenever the records of the contents change */
	pthread_mutex_t lock;        /* all below, unless said otherwise; after the namespace lock */
	bool loaded;                 /* the next five hold what the record and later writes say */
	uint64_t size;
	uint8_t content[ID_LEN], key[32];
	uint8_t inl[INLINE_MAX];
	size_t inl_len;
	_Atomic bool changed; /* there is something to flush; read without the lock by file_dirty */
	bool kill_suid;
	struct stamp mtime;  /* of the last write, when changed */
	int64_t since;       /* mono: when it became changed */
	struct dirty *dirty; /* by block */
	size_t ndirty, dirty_cap;
	struct pending *pending, **pending_tail;
	size_t npending;
	uint64_t bytes;            /* in dirty and pending */
	int error;                 /* of the last flush; 0: nothing is kept from being durable */
	int64_t ask_at, ask_pause; /* EFBIG: mono, when cold blocks are asked for again; its distance */
	uint64_t tried;            /* the last round of data_freeze that tried it; namespace lock's write side */
	struct file *next, **link; /* data.changed list; data's lock */
};
struct fs_file {
	struct fs *fs;
	struct node *node;
	struct file *file;
	int flags;
	_Atomic unsigned refs; /* the opener's, and one for each read that is being started */
	pthread_mutex_t lock;  /* of the reading pattern below */
	uint64_t next_off, ahead_to;
	uint32_t streak, window; /* reads in sequence; blocks to fetch ahead */
	bool cold;               /* a cold block was met in this streak */
};

#define FILE_PENDING_MAX 512u     /* ranges of one file */
#define FILE_BYTES_MAX (4u << 20) /* of one file before it is flushed */
#define FILE_RANGES_FULL 2048u    /* of one file, whose writers wait then: it waits for cold blocks (fs/cold.h) */
#define FILE_BYTES_FULL (16u << 20)
#define DATA_BYTES_MAX (16u << 20) /* of all files */

static inline bool file_inline(const struct file *f)
{
	static const uint8_t none[ID_LEN];
	return __builtin_memcmp(f->content, none, ID_LEN) == 0;
}
/* file_load: with the namespace lock (either side) and the file's lock. errno. */
int file_load(struct file *f);
/* file_mark: something is to be flushed now. file_clean: nothing is. With the file's lock. */
void file_mark(struct file *f);
void file_clean(struct file *f);
uint32_t file_mode_killed(uint32_t mode); /* without set-id bits */
/* dirty_put: bytes into one block; dirty_settle: every dirty range to the pending list; dirty_free: all of it goes.
 * With the file's lock. ENOMEM. */
int dirty_put(struct file *f, uint64_t block, uint32_t from, const uint8_t *p, uint32_t n);
int dirty_settle(struct file *f);
void dirty_free(struct file *f);
/* pending_seal: seals one range that is not. pending_drop: those before `end` go; NULL: all. With the file's lock. */
int pending_seal(struct file *f, struct pending *p);
void pending_drop(struct file *f, const struct pending *end);
/* file_seal: seals pending ranges of at least `min` bytes, the file's lock taken for one at a time, so that readers and
 * writers of records need not wait long. */
int file_seal(struct file *f, uint32_t min);
/* change_open, change_done: the frame of an operation on the records of a file (fs/change.c), under the write side. */
int change_open(struct file *f, struct txn *t, struct inode_rec *in, struct buf *hold);
int change_done(struct file *f, struct txn *t, struct inode_rec *in);
/* file_new_contents: a fresh content id, and a file key unless `key` is given, in memory. */
int file_new_contents(uint8_t content[ID_LEN], uint8_t key[32]);
/* file_touch: mtime, ctime and content version of a record that changes now. */
int file_touch(struct inode_rec *in);
/* block_read: `len` bytes at `off` of a block that is on this device. ERR_NOTFOUND: it is not. Any thread, no lock
 * needed. */
err_t block_read(struct fs *fs, const uint8_t key[32], const uint8_t id[ID_LEN], uint32_t off, uint32_t len, void *out);
