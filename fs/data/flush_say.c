/* SPDX-License-Identifier: MIT */
#include "fs/data/flush_say.h"

#include "fs/core/fs_state.h"
#include "fs/core/record.h"
#include "fs/core/seal.h"
#include "fs/data/block_read.h"
#include "fs/data/content.h"
#include "fs/data/extent_source.h"
#include "fs/data/flush_blocks.h"
#include "fs/data/own.h"
#include "util/invariant.h"
#include "vault/keys/keyring.h"

#include <string.h>

#define REWRITE 2u /* a block is sealed anew if it is at most so many times what is written */

/* base_of: what the file's contents are without its pending ranges. */
static struct inode base_of(const struct file *f)
{
	struct inode in = {
		.ino = f->now.ino, .size = f->now.recorded, .content = f->now.content, .block = f->now.block
	};
	in.birth = f->now.birth;
	in.written = f->now.at.stamp;
	memcpy(in.file_key, f->now.key, sizeof(in.file_key));
	return in;
}

/* --- all bytes in one place --- */
/* one_range: the first pending range, if it is the whole file. */
static struct pending *one_range(const struct file *f)
{
	struct pending *p = f->buffer.pending;
	return p && !p->next && !p->off && p->len == f->now.size ? p : NULL;
}

static uint64_t written_now(const struct file *f)
{
	uint64_t sum = 0;
	for (const struct pending *p = f->buffer.pending; p; p = p->next)
		sum += p->len;
	return sum;
}

/* is_small: it may be one block, or inline, if its bytes are here. */
static bool is_small(const struct file *f, const struct pending *end)
{
	if (end || f->now.size > BLOCK_SIZE)
		return false;
	return f->now.size <= FILE_INLINE_MAX || f->now.size <= REWRITE * written_now(f);
}

/* read_base: ERR_NOTFOUND: not all is here. */
static err_t read_base(const struct file *f, struct change *t, uint8_t *plain)
{
	struct inode base = base_of(f);
	struct extent_source s = extent_source_of(f->fs, t, &base);
	cleanup_free struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	size_t n = 0;
	if (!list)
		return ERR_NOMEM;
	err_t e = extent_source_group(&s, 0, list, EXTENTS_MAX, &n);
	for (size_t i = 0; !e && i < n && list[i].off < f->now.size; i++) {
		const struct extent *p = &list[i];
		uint32_t len = (uint32_t)MIN(p->len, f->now.size - p->off);
		e = block_read(f->fs, f->now.key, p->block, p->block_off, len, plain + p->off);
	}
	return e;
}

/* read_all: what the file's bytes will be. ERR_NOTFOUND: as read_base. */
static err_t read_all(const struct file *f, struct change *t, uint8_t *plain)
{
	err_t e = one_range(f) ? ERR_OK : read_base(f, t, plain);
	for (const struct pending *p = f->buffer.pending; !e && p; p = p->next)
		memcpy(plain + p->off, p->plain, p->len);
	return e;
}

/* --- the forms --- */
static err_t put_inode(struct file *f, struct change *t, struct inode *in, const struct inode *form)
{
	const struct inode before = *in;
	in->form = form->form;
	in->size = f->now.size;
	in->content = form->content;
	in->block = form->block;
	in->version = form->version;
	in->inline_data = form->inline_data;
	memcpy(in->file_key, form->file_key, sizeof(in->file_key));
	file_show_times(f, in);
	content_store(f, t, &before, in);
	return ERR_OK;
}

/* to_block: `plain` is the whole file. */
static err_t to_block(struct file *f, struct change *t, const uint8_t *plain, struct inode *form)
{
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	struct pending *whole = one_range(f);
	struct pending_block p;
	err_t e = keyring_tag(f->fs->cfg.keyring, SPAN(plain, f->now.size), &form->version);
	form->form = CONTENTS_BLOCK;
	memcpy(form->file_key, f->now.key, sizeof(form->file_key));
	if (!e && whole) {
		form->block = whole->id;
		e = content_block(t, whole->id, &whole->block, &whole->sealed);
	} else if (!e) {
		e = seal_block(&f->fs->cfg, f->now.key, SPAN(plain, f->now.size), &form->block, &p, &sealed);
		if (!e)
			e = content_block(t, form->block, &p, &sealed);
	}
	return e ? e : uses_add(&t->uses, form->block, 1);
}

/* to_small: ERR_NOTFOUND: not all bytes are here. `plain` has room for all of the file, and holds what is inline. */
static err_t to_small(struct file *f, struct change *t, uint8_t *plain, struct inode *form)
{
	struct inode base = base_of(f);
	err_t e = read_all(f, t, plain);
	if (!e && f->now.size <= FILE_INLINE_MAX) {
		form->form = CONTENTS_INLINE;
		form->inline_data = SPAN(plain, f->now.size);
	} else if (!e) {
		e = to_block(f, t, plain, form);
	}
	return e ? e : content_release(t, &base);
}

static err_t to_content(struct file *f, struct change *t, const struct pending *end, struct inode *form)
{
	struct inode base = base_of(f);
	err_t e = own_make(t, &base, f->now.recorded);
	if (!e)
		e = flush_blocks(f, t, base.content, end);
	if (e)
		return e;
	form->form = CONTENTS_ID;
	form->content = form->version = base.content;
	memcpy(form->file_key, f->now.key, sizeof(form->file_key));
	return ERR_OK;
}

/* to_inline: what is in memory, and zeros up to its size. */
static void to_inline(const struct file *f, uint8_t *plain, struct inode *form)
{
	INVARIANT(f->now.size <= FILE_INLINE_MAX);
	if (!f->now.size)
		return;
	memcpy(plain, f->now.inl, f->now.inl_len);
	form->form = CONTENTS_INLINE;
	form->inline_data = SPAN(plain, f->now.size);
}

static err_t choose(struct file *f, struct change *t, const struct pending *end, uint8_t *plain, struct inode *form)
{
	if (file_inline(f)) {
		to_inline(f, plain, form);
		return ERR_OK;
	}
	err_t e = is_small(f, end) ? to_small(f, t, plain, form) : ERR_NOTFOUND;
	return e == ERR_NOTFOUND ? to_content(f, t, end, form) : e;
}

/* room_for: all of a small file, and what is said of its inline bytes. A whole block each time would be mapped and
 * unmapped for each file. */
static size_t room_for(const struct file *f)
{
	return MAX(FILE_INLINE_MAX, MIN(f->now.size, BLOCK_SIZE));
}

err_t flush_say(struct file *f, struct change *t, const struct pending *end, struct flushed *ret)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	cleanup_free uint8_t *plain = calloc(1, room_for(f));
	struct inode in, form = { 0 };
	struct act *a;
	err_t e =
	        plain ? change_act(t, &a) : ERR_NOMEM; /* before it is read: what that finds is not looked for again */
	if (!e)
		e = record_inode(f->fs, t, f->ino, &in, &raw);
	if (!e)
		e = choose(f, t, end, plain, &form);
	if (!e)
		e = put_inode(f, t, &in, &form);
	if (e)
		return e;
	*ret = (struct flushed){ .form = form.form, .size = in.size, .content = form.content, .block = form.block };
	if (t->again.created)
		e = record_inode(f->fs, t, f->ino, &in, &raw);
	if (e)
		return e;
	ret->ino = in.ino;
	ret->birth = in.birth;
	memcpy(ret->inl, plain, sizeof(ret->inl));
	ret->written = (struct stamp){ t->op.act->lamport, t->op.act->stream, t->op.act->n };
	return ERR_OK;
}

void flush_said(struct file *f, const struct flushed *d)
{
	f->now.stored = d->form == CONTENTS_BLOCK || d->form == CONTENTS_ID;
	f->now.recorded = d->size;
	f->now.ino = d->ino;
	f->now.birth = d->birth;
	f->now.content = d->content;
	f->now.block = d->block;
	f->now.at.stamp = d->written;
	f->now.inl_len = 0;
	if (d->form != CONTENTS_INLINE)
		return;
	memcpy(f->now.inl, d->inl, d->size);
	f->now.inl_len = d->size;
}
