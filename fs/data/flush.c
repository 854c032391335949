/* SPDX-License-Identifier: MIT
 * From memory to the records: one atomic batch with blocks, extents and the inode.
 *
 * Terms
 *   range      bytes inside one block of the file that are written and not flushed (core/write_buffer.h).
 *   dirty      a range that may still grow; one for each block of the file at most.
 *   pending    a range that stays as it is; of two that overlap the later one wins.
 *   sealed     a pending range that is encrypted under its block's name; its plaintext is kept.
 *   group      the extents of 2 MiB of a file: one record, of EXTENTS_MAX extents at most. Full: more would not fit.
 *   set        one transaction of a flush: all pending ranges, or the oldest of them (steps), and always the inode.
 *
 * Invariants (numbers as in fs/README.md; those of ranges are checked in core/write_buffer.c)
 *   F4  The size says no less than what any range or extent covers; so it never shrinks but by truncate.
 *   F5  A range leaves memory only when the set that holds it is applied, or when its inode is gone.
 *   F6  Between two sets of one flush nobody sees the file: the namespace lock's write side is held.
 *
 * A range                  write_buffer_put
 *                                |
 *                                v       a write beside it, or the block is whole,
 *            +---------------> DIRTY     or write_buffer_collect
 *            |                   |-------------------------> PENDING
 *         more bytes ------------+                              | pending_seal
 *                                                               v
 *               gone <---- write_buffer_drop, after  <------ SEALED <---+
 *                          change_apply (F5)                    |       | the set was not applied
 *                                                               +-------+
 *
 * A file                                 file_flush_locked: every set applied
 *                  +----------------------------------------------------------------------+
 *                  v                                                                      |
 *                CLEAN ---- file_mark ----> CHANGED ---- file_flush_locked fails ----> FAILED (flush.error)
 *                                              ^                  |                       |
 *                                              |                  v                       | tried again: each second,
 *                                              |    WAITING (ENONRESIDENT: a full group   | at fsync, before a commit
 *                                              |    lacks blocks; compact_fetch_flush     |
 *                                              |    asks for them)                        |
 *                                              +---------+--------------------------------+
 */
#include "fs/data/flush.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/record.h"
#include "fs/data/compact.h"
#include "fs/data/flush_say.h"
#include "util/invariant.h"
#include "util/log.h"
#include "util/trace.h"

#include <string.h>

#define STEP_RANGES                                                                                                    \
	256u /* ranges: with what compaction leaves in their groups they always fit, if all is on this device */

static err_t set_into(struct file *f, struct change *t, const struct pending *end)
{
	struct flushed done;
	err_t e = flush_say(f, t, end, &done);
	if (!e)
		e = change_apply(t);
	if (!e)
		flush_said(f, &done);
	return e;
}

static err_t flush_set(struct file *f, const struct pending *end)
{
	cleanup(change_freep) struct change *t = change_new(f->fs);
	if (!t)
		return ERR_NOMEM;
	change_use(t, MAP_CLAIMED); /* its room was claimed when it was accepted */
	return set_into(f, t, end);
}

/* flush_steps: too many extents in a group: what is there is compacted, then some ranges go, the oldest first, and
 * again. F6. The content is an own one before that. */
static err_t flush_steps(struct file *f)
{
	err_t e = flush_set(f, f->buffer.pending);
	while (!e && f->buffer.pending) {
		e = compact_full(f);
		f->generation++; /* also if the rest fails: extents were replaced */
		const struct pending *end = f->buffer.pending;
		for (size_t i = 0; end && i < STEP_RANGES; i++)
			end = end->next;
		if (!e)
			e = flush_set(f, end);
		if (!e)
			write_buffer_drop(&f->buffer, end);
	}
	return e;
}

static int flush_sealed(struct file *f)
{
	err_t r = flush_set(f, NULL);
	if (r == ERR_LIMIT && f->buffer.pending)
		r = flush_steps(f);
	return r == ERR_LIMIT ? ENONRESIDENT : errno_of(r);
}

static int flush_changed(struct file *f)
{
	INVARIANT(!file_inline(f) || !f->buffer.bytes); /* F7 */
	TRACE(flush_begin, f->ino, f->buffer.bytes);
	int e = file_seal_locked(f);
	if (!e)
		e = flush_sealed(f);
	TRACE(flush_end, f->ino, e);
	return e;
}

/* note_failure: said once for each kind. */
static void note_failure(struct file *f, int e)
{
	if (f->flush.error != e && e == ENONRESIDENT)
		log_info(AREA_FS, LOG_INO ": waits for blocks of the store", f->ino);
	else if (f->flush.error != e)
		log_error(AREA_FS, LOG_INO ": flushing failed: %s", f->ino, strerror(e));
	f->flush.error = e;
}

int file_flush_locked(struct file *f)
{
	guard(&f->lock);
	if (!f->changed)
		return 0;
	int e = flush_changed(f);
	if (e == ENOENT && f->held && !f->act.unlinked) /* nobody removed it here: this must not be the end of it */
		e = EIO;
	if (e && e != ENOENT) {
		note_failure(f, e);
		return e;
	}
	if (e) /* the inode is gone: nobody can read these bytes again */
		f->now.loaded = false;
	write_buffer_clear(&f->buffer);
	file_clean(f);
	f->flush.error = 0;
	f->flush.ask_at = f->flush.ask_pause = 0;
	f->generation++;
	return 0;
}

static int flush_times(struct file *f)
{
	cleanup(change_freep) struct change *t = change_new(f->fs);
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	if (!t)
		return ENOMEM;
	change_use(t, MAP_CLAIMED);
	int e = inode_get_txn(t, f->ino, &in, &raw);
	if (e)
		return e;
	const struct inode before = in;
	file_show_times(f, &in);
	inode_store(t, &before, &in);
	return errno_of(change_apply(t));
}

int file_flush_times_locked(struct file *f)
{
	guard(&f->lock);
	if (!f->changed || f->times_flushed)
		return 0;
	int e = flush_times(f);
	if (!e) {
		f->times_flushed = true;
		f->kill_suid = false;
	}
	return e == ENOENT ? 0 : e;
}

int file_flush(struct file *f)
{
	if (!file_dirty(f))
		return 0;
	int e;
	{
		guard(&f->lock);
		e = write_buffer_collect(&f->buffer);
	}
	if (!e) /* as much as can be done before the namespace lock is taken */
		e = file_seal(f, 1);
	if (!e) {
		ns_wrlock(f->fs);
		e = file_flush_locked(f);
		ns_unlock(f->fs);
		change_published(f->fs);
	}
	return e;
}
