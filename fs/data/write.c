/* SPDX-License-Identifier: MIT
 * Writes into memory: inline bytes, or dirty ranges. Nothing here touches the records.
 */
#include "fs/data/write.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/data/compact_fetch.h"
#include "fs/data/handle.h"
#include "fs/data/writeback.h"

#include <fcntl.h>
#include <string.h>

#define FILE_PENDING_MAX 512u     /* ranges of one file before it is flushed */
#define FILE_BYTES_MAX (4u << 20) /* of one file before it is flushed */
#define FILE_BYTES_FULL (16u << 20)
#define DATA_BYTES_MAX (16u << 20) /* of all files */

#define FILE_APPEND 1    /* at the end, whatever `off` says */
#define FILE_KILL_SUID 2 /* clear set-id bits */
#define FILE_NOWAIT 4    /* an error rather than wait for non-resident blocks */

static int write_inline(struct file *f, uint64_t off, const uint8_t *p, size_t n)
{
	if (off > f->now.inl_len)
		memset(f->now.inl + f->now.inl_len, 0, off - f->now.inl_len);
	memcpy(f->now.inl + off, p, n);
	f->now.inl_len = MAX(f->now.inl_len, off + n);
	return 0;
}

/* leave_inline: the file outgrows its record. */
static int leave_inline(struct file *f, uint64_t off)
{
	int e = file_new_key(f->now.key);
	if (e)
		return e;
	f->now.stored = true;
	f->now.content = ID_ZERO; /* that is known when it is flushed */
	if (!f->now.inl_len)
		return 0;
	size_t len = f->now.inl_len;
	uint8_t zeroed[2 * FILE_INLINE_MAX];
	memcpy(zeroed, f->now.inl, len);
	if (off > len && off <= sizeof(zeroed)) { /* a short gap is not worth a block of its own */
		memset(zeroed + len, 0, off - len);
		len = off;
	}
	e = write_buffer_put(&f->buffer, 0, 0, zeroed, (uint32_t)len);
	if (e) {
		f->now.stored = false;
		f->now.content = ID_ZERO;
	} else {
		f->now.inl_len = 0;
	}
	return e;
}

/* write_blocks: what was put before an error counts for the size: no bytes may wait behind the end of the file. */
static int write_blocks(struct file *f, uint64_t off, const uint8_t *p, size_t n)
{
	int e = file_inline(f) ? leave_inline(f, off) : 0;
	while (!e && n) {
		uint32_t from = (uint32_t)(off % BLOCK_SIZE);
		uint32_t part = (uint32_t)MIN(n, BLOCK_SIZE - from);
		e = write_buffer_put(&f->buffer, off / BLOCK_SIZE, from, p, part);
		if (e)
			break;
		off += part;
		f->now.size = MAX(f->now.size, off);
		p += part;
		n -= part;
	}
	return e;
}

static int write_locked(struct file *f, uint64_t off, const uint8_t *p, size_t n, unsigned flags)
{
	int e = file_load(f);
	if (e)
		return e;
	if (flags & FILE_APPEND)
		off = f->now.size;
	if (off > FILE_SIZE_MAX || n > FILE_SIZE_MAX - off)
		return EFBIG;
	file_mark(f);
	f->kill_suid |= (flags & FILE_KILL_SUID) != 0;
	bool small = file_inline(f) && off + n <= FILE_INLINE_MAX;
	e = small ? write_inline(f, off, p, n) : write_blocks(f, off, p, n);
	if (!e)
		f->now.size = MAX(f->now.size, off + n);
	return e;
}

/* flush_taken: after bytes were taken. Non-resident blocks are asked for, and the flusher tries again. */
static int flush_taken(struct file *f)
{
	{
		guard(&f->lock);
		if (f->flush.error == ENONRESIDENT)
			return 0;
	}
	int e = compact_fetch_flush(f, 0);
	return e == ENONRESIDENT ? 0 : e;
}

/* make_room: what cannot be flushed must not grow without bound, and its ranges are gone through at every try. Before
 * anything is taken: an error says that nothing was. */
static int make_room(struct file *f, bool wait)
{
	bool full = f->fs->changed.bytes > 2 * DATA_BYTES_MAX;
	{
		guard(&f->lock);
		full |= f->buffer.npending + f->buffer.ndirty > WRITE_RANGES_FULL || f->buffer.bytes > FILE_BYTES_FULL;
	}
	if (!full)
		return 0;
	return errno_shown(compact_fetch_flush(f, wait ? COMPACT_FETCH_WAIT : 0));
}

static int write_file(struct file *f, uint64_t off, const void *p, size_t n, unsigned flags)
{
	if (!n)
		return 0;
	int e = make_room(f, !(flags & FILE_NOWAIT));
	if (e)
		return e;
	uint64_t bytes;
	size_t npending;
	{
		ns_guard_read(f->fs);
		guard(&f->lock);
		e = write_locked(f, off, p, n, flags);
		bytes = f->buffer.bytes;
		npending = f->buffer.npending;
	}
	if (!e && bytes >= BLOCK_SIZE)
		e = file_seal(f, BLOCK_SIZE);
	if (!e && (bytes > FILE_BYTES_MAX || npending > FILE_PENDING_MAX))
		e = flush_taken(f);
	if (!e && f->fs->changed.bytes > DATA_BYTES_MAX)
		writeback_all(f->fs);
	return e;
}

int fs_write(struct fs *fs, struct fs_file *h, uint64_t off, const void *p, size_t n, unsigned how)
{
	if ((h->flags & O_ACCMODE) == O_RDONLY)
		return EBADF;
	if (map_pressure(fs->cfg.map))
		return EAGAIN;
	/* What is accepted must find its room when the buffers are flushed, whoever else writes meanwhile. */
	uint64_t claim = n + (n / BLOCK_SIZE + 2) * RANGE_CLAIM + FILE_CLAIM;
	err_t room = map_claim(fs->cfg.map, claim);
	if (room)
		return room == ERR_BUSY ? EAGAIN : errno_of(room);
	unsigned flags = (h->flags & O_APPEND ? FILE_APPEND : 0) | (how & FS_WRITE_KILL_SUID ? FILE_KILL_SUID : 0) |
	                 (how & FS_WRITE_NOWAIT ? FILE_NOWAIT : 0);
	int e = write_file(h->file, off, p, n, flags);
	map_claim_change(fs->cfg.map, -(int64_t)claim); /* what was taken has its own by now */
	return e;
}
