/* SPDX-License-Identifier: MIT
 * A file in memory: loading it from its record, what is not flushed yet, and the list of changed files.
 */
#include "fs/data/contents.h"

#include "util/clock.h"

#include <string.h>

struct file *file_new(struct fs *fs, struct node *node)
{
	struct file *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->fs = fs;
	f->ino = node->ino;
	f->pending_tail = &f->pending;
	if (pthread_mutex_init(&f->lock, NULL)) {
		free(f);
		return NULL;
	}
	return f;
}

static void unmark(struct file *f)
{
	struct data *d = f->fs->data;
	if (!d) /* closing: the list is gone */
		return;
	guard(&d->lock);
	if (!f->link)
		return;
	*f->link = f->next;
	if (f->next)
		f->next->link = f->link;
	f->link = NULL;
	f->next = NULL;
}

void file_free(struct file *f)
{
	if (!f)
		return;
	unmark(f);
	dirty_free(f);
	pending_drop(f, NULL);
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
	if (f->changed)
		return;
	f->changed = true;
	f->since = clock_mono();
	struct data *d = f->fs->data;
	guard(&d->lock);
	f->next = d->changed;
	f->link = &d->changed;
	if (f->next)
		f->next->link = &f->next;
	d->changed = f;
	if (d->resting) {
		d->resting = false;
		d->nudged = true;
		pthread_cond_broadcast(&d->wake);
	}
}

void file_clean(struct file *f)
{
	f->changed = false;
	f->kill_suid = false;
	unmark(f);
}

int file_load(struct file *f)
{
	if (f->loaded)
		return 0;
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_ino(REC_INODE, f->ino);
	struct inode_rec in;
	err_t e = map_get(f->fs->cfg.map, MAP_RECORDS, rkey_span(&k), &b);
	if (!e)
		e = inode_decode(buf_span(&b), &in);
	if (e)
		return errno_of(e);
	if (!S_ISREG(in.mode) || in.inline_data.len > INLINE_MAX)
		return EINVAL;
	f->size = in.size;
	memcpy(f->content, in.content, ID_LEN);
	memcpy(f->key, in.file_key, sizeof(f->key));
	f->inl_len = MIN(in.inline_data.len, in.size);
	if (f->inl_len)
		memcpy(f->inl, in.inline_data.p, f->inl_len);
	f->loaded = true;
	return 0;
}

uint64_t file_buffered(struct file *f)
{
	guard(&f->lock);
	return f->bytes;
}

void file_memtable(struct file *f, struct inode_rec *in)
{
	guard(&f->lock);
	if (!f->changed)
		return;
	in->size = f->size;
	in->mtime = in->ctime = f->mtime;
	if (f->kill_suid)
		in->mode = file_mode_killed(in->mode);
}

void file_refresh(struct file *f)
{
	guard(&f->lock);
	if (!f->changed) /* else its own bytes are newer, and the merge has seen them: they are flushed before it */
		f->loaded = false;
	f->generation++;
}

uint32_t file_mode_killed(uint32_t mode)
{
	mode &= ~(uint32_t)S_ISUID;
	return mode & S_IXGRP ? mode & ~(uint32_t)S_ISGID : mode;
}

int file_new_contents(uint8_t content[ID_LEN], uint8_t key[32])
{
	err_t e = crypto_random(content, ID_LEN);
	if (!e && key)
		e = crypto_random(key, 32);
	return e ? errno_of(e) : 0;
}

int file_touch(struct inode_rec *in)
{
	in->mtime = in->ctime = stamp_now();
	return errno_of(crypto_random(in->version, ID_LEN));
}
