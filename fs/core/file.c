/* SPDX-License-Identifier: MIT */
#include "fs/core/file.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/record.h"
#include "fs/core/stamp.h"
#include "vault/act/contents.h"

#include "util/invariant.h"

#include <string.h>
#include <sys/stat.h>

struct file *file_new(struct fs *fs, uint64_t ino)
{
	struct file *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->fs = fs;
	f->ino = f->in_changed.ino = ino;
	write_buffer_init(&f->buffer, &fs->changed.bytes, fs->cfg.map);
	if (pthread_mutex_init(&f->lock, NULL)) {
		free(f);
		return NULL;
	}
	return f;
}

int file_hold(struct file *f)
{
	if (f->held)
		return 0;
	cleanup(change_freep) struct change *t = change_new(f->fs);
	enum refusal refusal = REFUSED_NOT;
	struct act *a;
	err_t e = t ? change_act(t, &a) : ERR_NOMEM;
	if (!e)
		e = contents_open_number(a, f->ino, &f->act, &refusal);
	if (!e && !refusal)
		e = change_apply(t);
	if (e || refusal) /* of what has no name there is nothing to stay in */
		return errno_of(e);
	f->held = true;
	guard(&f->lock);
	if (!f->changed)
		f->now.loaded = false;
	return 0;
}

int file_hold_new(struct file *f, struct change *t)
{
	struct act *a;
	err_t e = change_act(t, &a);
	if (!e)
		e = contents_open_new(a, f->ino, &f->act);
	f->held = !e;
	return errno_of(e);
}

/* let_go: of the version. Under the namespace lock's write side. */
static void let_go(struct file *f)
{
	work_close_handle(f->fs->cfg.work, &f->act);
	f->held = false;
}

void file_free(struct file *f)
{
	if (!f)
		return;
	if (f->held) {
		ns_wrlock(f->fs);
		let_go(f);
		ns_unlock(f->fs);
	}
	changed_remove(f->fs, &f->in_changed);
	write_buffer_clear(&f->buffer);
	pthread_mutex_destroy(&f->lock);
	crypto_wipe(f, sizeof(*f));
	free(f);
}

bool file_dirty(const struct file *f)
{
	return f->changed;
}

void file_mark(struct file *f)
{
	f->mtime = stamp_now();
	f->times_flushed = false;
	if (f->changed)
		return;
	f->changed = true;
	changed_add(f->fs, &f->in_changed);
}

void file_clean(struct file *f)
{
	INVARIANT(!f->buffer.npending && !f->buffer.ndirty && !f->buffer.bytes); /* F9 */
	f->changed = false;
	f->kill_suid = f->times_flushed = false;
	changed_remove(f->fs, &f->in_changed);
}

int file_load_from(struct file *f, const struct inode *in)
{
	if (!S_ISREG(in->mode) || in->inline_data.len > FILE_INLINE_MAX)
		return EINVAL;
	f->now.size = f->now.recorded = in->size;
	f->now.stored = inode_has_contents(in);
	f->now.content = in->content;
	f->now.block = in->block;
	f->now.ino = in->ino;
	f->now.birth = in->birth;
	f->now.at = (struct version_id){ in->written, in->version };
	memcpy(f->now.key, in->file_key, sizeof(f->now.key));
	f->now.inl_len = MIN(in->inline_data.len, in->size);
	if (f->now.inl_len)
		memcpy(f->now.inl, in->inline_data.p, f->now.inl_len);
	f->now.loaded = true;
	return 0;
}

int file_load(struct file *f)
{
	if (f->now.loaded)
		return 0;
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct inode in;
	err_t e = record_inode(f->fs, NULL, f->ino, &in, &b);
	return e ? errno_of(e) : file_load_from(f, &in);
}

uint64_t file_buffered(struct file *f)
{
	guard(&f->lock);
	return f->buffer.bytes;
}

int file_seal(struct file *f, uint32_t min)
{
	for (;;) {
		guard(&f->lock);
		struct pending *p = f->buffer.pending;
		while (p && (p->sealed.len || p->len < min))
			p = p->next;
		int e = p ? pending_seal(p, &f->fs->cfg, f->now.key) : 0;
		if (!p || e)
			return e;
	}
}

int file_seal_locked(struct file *f)
{
	int e = write_buffer_collect(&f->buffer);
	for (struct pending *p = f->buffer.pending; !e && p; p = p->next)
		if (!p->sealed.len)
			e = pending_seal(p, &f->fs->cfg, f->now.key);
	return e;
}

void file_show_times(const struct file *f, struct inode *in)
{
	if (f->times_flushed)
		return;
	in->mtime = in->ctime = f->mtime;
	if (f->kill_suid)
		in->mode = file_mode_killed(in->mode);
}

void file_show_unflushed(struct file *f, struct inode *in)
{
	guard(&f->lock);
	if (!f->changed)
		return;
	in->size = f->now.size;
	file_show_times(f, in);
}

void file_refresh(struct file *f)
{
	if (f->held && f->act.left && !file_dirty(f))
		let_go(f);
	guard(&f->lock);
	if (!f->changed &&
	    !f->held) /* else its own bytes are newer, and the merge has seen them: they are flushed before it */
		f->now.loaded = false;
	f->generation++;
}

uint32_t file_mode_killed(uint32_t mode)
{
	mode &= ~(uint32_t)S_ISUID;
	return mode & S_IXGRP ? mode & ~(uint32_t)S_ISGID : mode;
}

int file_new_key(uint8_t key[32])
{
	return errno_of(crypto_random(key, 32));
}
