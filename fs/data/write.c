/* SPDX-License-Identifier: MIT
 * Writes into memory: inline bytes, dirty ranges, the pending list. Nothing here touches the records.
 */
#include "fs/data/compact_fetch.h"
#include "fs/data/contents.h"

#include <string.h>

static void count_bytes(struct file *f, int64_t by)
{
	f->bytes += (uint64_t)by;
	if (f->fs->data) /* else closing */
		f->fs->data->bytes += (uint64_t)by;
}

/* --- the pending list --- */
/* pending_add: takes `plain` over. */
static int pending_add(struct file *f, uint64_t off, uint32_t len, uint8_t *plain)
{
	struct pending *p = calloc(1, sizeof(*p));
	if (!p)
		return ENOMEM;
	p->off = off;
	p->len = len;
	p->plain = plain;
	*f->pending_tail = p;
	f->pending_tail = &p->next;
	f->npending++;
	return 0;
}

int pending_seal(struct file *f, struct pending *p)
{
	struct buf sealed = BUF_INIT;
	err_t e = block_seal(f->fs->cfg.ring, f->key, SPAN(p->plain, p->len), p->id, &p->block, &sealed);
	if (e) {
		buf_free(&sealed);
		return errno_of(e);
	}
	buf_move(&p->sealed, &sealed);
	return 0;
}

void pending_drop(struct file *f, const struct pending *end)
{
	while (f->pending != end) {
		struct pending *p = f->pending;
		f->pending = p->next;
		f->npending--;
		count_bytes(f, -(int64_t)p->len);
		buf_free(&p->sealed);
		free(p->plain);
		free(p);
	}
	if (!f->pending)
		f->pending_tail = &f->pending;
}

/* --- dirty ranges --- */
static size_t dirty_place(const struct file *f, uint64_t block)
{
	size_t lo = 0, hi = f->ndirty;
	if (hi && f->dirty[hi - 1].block < block)
		return hi; /* appending */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (f->dirty[mid].block < block)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* dirty_move: range i leaves for the pending list. */
static int dirty_move(struct file *f, size_t i)
{
	struct dirty *d = &f->dirty[i];
	int e = pending_add(f, d->block * BLOCK_SIZE + d->from, d->to - d->from, d->p);
	if (e)
		return e;
	memmove(d, d + 1, (f->ndirty - i - 1) * sizeof(*d));
	f->ndirty--;
	return 0;
}

int dirty_settle(struct file *f)
{
	int e = 0;
	while (!e && f->ndirty)
		e = dirty_move(f, f->ndirty - 1); /* disjoint ranges: their order does not matter */
	return e;
}

void dirty_free(struct file *f)
{
	for (size_t i = 0; i < f->ndirty; i++) {
		count_bytes(f, -(int64_t)(f->dirty[i].to - f->dirty[i].from));
		free(f->dirty[i].p);
	}
	free(f->dirty);
	f->dirty = NULL;
	f->ndirty = f->dirty_cap = 0;
}

static int dirty_add(struct file *f, size_t i, uint64_t block, uint32_t from, uint32_t n)
{
	if (f->ndirty == f->dirty_cap) {
		size_t cap = f->dirty_cap ? 2 * f->dirty_cap : 4;
		struct dirty *v = realloc(f->dirty, cap * sizeof(*v));
		if (!v)
			return ENOMEM;
		f->dirty = v;
		f->dirty_cap = cap;
	}
	uint8_t *p = malloc(n);
	if (!p)
		return ENOMEM;
	memmove(f->dirty + i + 1, f->dirty + i, (f->ndirty - i) * sizeof(*f->dirty));
	f->ndirty++;
	f->dirty[i] = (struct dirty){ block, from, from, n, p };
	return 0;
}

/* dirty_widen: the range covers at least [from, to), which touches or overlaps it. */
static int dirty_widen(struct dirty *d, uint32_t from, uint32_t to)
{
	uint32_t lo = MIN(d->from, from), hi = MAX(d->to, to);
	if (hi - lo > d->cap) {
		uint32_t cap = MIN(MAX(2 * d->cap, hi - lo), BLOCK_SIZE);
		uint8_t *p = realloc(d->p, cap);
		if (!p)
			return ENOMEM;
		d->p = p;
		d->cap = cap;
	}
	if (lo < d->from)
		memmove(d->p + (d->from - lo), d->p, d->to - d->from);
	d->from = lo;
	d->to = hi;
	return 0;
}

int dirty_put(struct file *f, uint64_t block, uint32_t from, const uint8_t *p, uint32_t n)
{
	size_t i = dirty_place(f, block);
	bool there = i < f->ndirty && f->dirty[i].block == block;
	int e = 0;
	if (there && (from > f->dirty[i].to || from + n < f->dirty[i].from)) {
		e = dirty_move(f, i);
		there = false;
	}
	if (!e && !there)
		e = dirty_add(f, i, block, from, n);
	if (e)
		return e;
	uint32_t before = f->dirty[i].to - f->dirty[i].from;
	e = dirty_widen(&f->dirty[i], from, from + n);
	if (e)
		return e;
	memcpy(f->dirty[i].p + (from - f->dirty[i].from), p, n);
	uint32_t now = f->dirty[i].to - f->dirty[i].from;
	count_bytes(f, (int64_t)now - before);
	if (now == BLOCK_SIZE)
		(void)dirty_move(f, i); /* out of memory: it can stay; dirty_settle moves it */
	return 0;
}

/* --- writes --- */
static int write_inline(struct file *f, uint64_t off, const uint8_t *p, size_t n)
{
	if (off > f->inl_len)
		memset(f->inl + f->inl_len, 0, off - f->inl_len);
	memcpy(f->inl + off, p, n);
	f->inl_len = MAX(f->inl_len, off + n);
	return 0;
}

/* leave_inline: the file outgrows its record. */
static int leave_inline(struct file *f, uint64_t off)
{
	int e = file_new_contents(f->content, f->key);
	if (e || !f->inl_len)
		return e;
	size_t len = f->inl_len;
	uint8_t zeroed[2 * INLINE_MAX];
	memcpy(zeroed, f->inl, len);
	if (off > len && off <= sizeof(zeroed)) { /* a short gap is not worth a block of its own */
		memset(zeroed + len, 0, off - len);
		len = off;
	}
	e = dirty_put(f, 0, 0, zeroed, (uint32_t)len);
	if (e)
		memset(f->content, 0, ID_LEN);
	else
		f->inl_len = 0;
	return e;
}

/* write_blocks: what was put before an error counts for the size: no bytes may wait behind the end of the file. */
static int write_blocks(struct file *f, uint64_t off, const uint8_t *p, size_t n)
{
	int e = file_inline(f) ? leave_inline(f, off) : 0;
	while (!e && n) {
		uint32_t from = (uint32_t)(off % BLOCK_SIZE);
		uint32_t part = (uint32_t)MIN(n, BLOCK_SIZE - from);
		e = dirty_put(f, off / BLOCK_SIZE, from, p, part);
		if (e)
			break;
		off += part;
		f->size = MAX(f->size, off);
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
		off = f->size;
	if (off > FILE_MAX || n > FILE_MAX - off)
		return EFBIG;
	file_mark(f);
	f->kill_suid |= (flags & FILE_KILL_SUID) != 0;
	bool small = file_inline(f) && off + n <= INLINE_MAX;
	e = small ? write_inline(f, off, p, n) : write_blocks(f, off, p, n);
	if (!e)
		f->size = MAX(f->size, off + n);
	return e;
}

int file_seal(struct file *f, uint32_t min)
{
	for (;;) {
		guard(&f->lock);
		struct pending *p = f->pending;
		while (p && (p->sealed.len || p->len < min))
			p = p->next;
		int e = p ? pending_seal(f, p) : 0;
		if (!p || e)
			return e;
	}
}

/* flush_taken: after bytes were taken. EFBIG: cold blocks are on their way, and the flusher tries again (fs/cold.h). */
static int flush_taken(struct file *f)
{
	{
		guard(&f->lock);
		if (f->error == EFBIG)
			return 0;
	}
	int e = file_flush(f);
	return e == EFBIG ? 0 : e;
}

/* make_room: what cannot be flushed must not grow without bound, and its ranges are gone through at every try. Before
 * anything is taken: an error says that nothing was. */
static int make_room(struct file *f, bool wait)
{
	bool full = f->fs->data->bytes > 2 * DATA_BYTES_MAX;
	{
		guard(&f->lock);
		full |= f->npending + f->ndirty > FILE_RANGES_FULL || f->bytes > FILE_BYTES_FULL;
	}
	return full ? cold_flush(f, wait ? COLD_WAIT : 0) : 0;
}

int file_write(struct file *f, uint64_t off, const void *p, size_t n, unsigned flags)
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
		bytes = f->bytes;
		npending = f->npending;
	}
	if (!e && bytes >= BLOCK_SIZE)
		e = file_seal(f, BLOCK_SIZE);
	if (!e && (bytes > FILE_BYTES_MAX || npending > FILE_PENDING_MAX))
		e = flush_taken(f);
	if (!e && f->fs->data->bytes > DATA_BYTES_MAX)
		data_flush_all(f->fs);
	return e;
}
