/* SPDX-License-Identifier: MIT
 * Folding of one block's pieces.
 */
#include "fs/data/compact.h"

#include "fs/core/fs_state.h"
#include "fs/data/block_read.h"

#include <string.h>

/* piece_bytes: from the pending list (not in the map yet) or from the block on this device. */
static err_t piece_bytes(struct file *f, const struct piece *p, uint8_t *out)
{
	for (const struct pending *q = f->buffer.pending; q; q = q->next)
		if (memcmp(q->id, p->block, ID_LEN) == 0 && q->off / BLOCK_SIZE == p->off / BLOCK_SIZE) {
			memcpy(out, q->plain + p->block_off, p->len);
			return ERR_OK;
		}
	return block_read(f->fs, f->now.key, p->block, p->block_off, p->len, out);
}

/* fold_run: pieces [i, j) are neighbours, their bytes in `plain`: one new block, one piece. */
static err_t fold_run(struct file *f, struct windows *w, struct window *win, size_t i, size_t j, const uint8_t *plain)
{
	struct piece one = { .off = win->list[i].off };
	one.len = (uint32_t)(win->list[j - 1].off + win->list[j - 1].len - one.off);
	struct pending_block rec;
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	err_t e = block_seal(f->fs->cfg.ring, f->now.key, SPAN(plain, one.len), one.block, &rec, &sealed);
	if (e)
		return e;
	txn_block(w->t, one.block, &rec, &sealed);
	win->list[i] = one;
	memmove(win->list + i + 1, win->list + j, (win->n - j) * sizeof(one));
	win->n -= j - i - 1;
	win->changed = true;
	return ERR_OK;
}

/* here: the bytes of a piece are on this device. `full`: the window is as the map has it, without pending ranges. */
static bool here(struct file *f, const struct piece *p, bool full)
{
	if (map_has(f->fs->cfg.map, MAP_BLOCK, SPAN(p->block, ID_LEN)) == ERR_OK)
		return true;
	const struct pending *q = full ? NULL : f->buffer.pending;
	while (q && memcmp(q->id, p->block, ID_LEN))
		q = q->next;
	return q;
}

/* run_end: as many pieces of the block from i on as are here; only neighbours, unless `full`. */
static size_t run_end(struct file *f, const struct window *win, size_t i, bool full)
{
	uint64_t block = win->list[i].off / BLOCK_SIZE, at = win->list[i].off;
	for (; i < win->n; i++) {
		const struct piece *p = &win->list[i];
		if (p->off / BLOCK_SIZE != block || (p->off != at && !full) || !here(f, p, full))
			break;
		at = p->off + p->len;
	}
	return i;
}

/* run_read: the bytes of pieces [i, j) to `plain`, zeros for the gaps; returns the first piece that cannot be read. */
static size_t run_read(struct file *f, const struct window *win, size_t i, size_t j, uint8_t *plain)
{
	uint64_t start = win->list[i].off, at = start;
	for (; i < j; i++) {
		const struct piece *p = &win->list[i];
		memset(plain + (at - start), 0, p->off - at);
		if (piece_bytes(f, p, plain + (p->off - start)))
			break;
		at = p->off + p->len;
	}
	return i;
}

static err_t fold_runs(struct file *f, struct windows *w, struct window *win, uint64_t block, bool full)
{
	cleanup_free uint8_t *plain = malloc(BLOCK_SIZE);
	if (!plain)
		return ERR_NOMEM;
	size_t i = pieces_find(win->list, win->n, block * BLOCK_SIZE);
	for (; i < win->n && win->list[i].off / BLOCK_SIZE == block; i++) {
		size_t j = run_end(f, win, i, full);
		if (j > i + 1) /* nothing is read for a piece alone */
			j = run_read(f, win, i, j, plain);
		err_t e = j > i + 1 ? fold_run(f, w, win, i, j, plain) : ERR_OK;
		if (e)
			return e;
	}
	return ERR_OK;
}

/* worth_it: many pieces; or the block is complete, ends here, and none of it was published. */
static bool worth_it(struct file *f, const struct window *win, uint64_t block)
{
	size_t i = pieces_find(win->list, win->n, block * BLOCK_SIZE), n = 0;
	uint64_t bytes = 0;
	bool own = true;
	for (; i < win->n && win->list[i].off / BLOCK_SIZE == block; i++, n++) {
		bytes += win->list[i].len;
		if (n > FOLD_PIECES)
			return true;
	}
	if (n < 2 || bytes < BLOCK_SIZE)
		return false;
	for (i -= n; own && n; i++, n--) {
		struct rkey k = key_queue(QUEUE_BLOCK, win->list[i].block);
		bool pending = false;
		for (const struct pending *q = f->buffer.pending; q && !pending; q = q->next)
			pending = memcmp(q->id, win->list[i].block, ID_LEN) == 0;
		own = pending || map_has(f->fs->cfg.map, MAP_QUEUE, rkey_span(&k)) == ERR_OK;
	}
	return own;
}

err_t fold_block(struct file *f, struct windows *w, uint64_t block)
{
	struct window *win;
	err_t e = windows_get(w, (uint32_t)(block / WINDOW_BLOCKS), &win);
	if (e || !worth_it(f, win, block))
		return e;
	return fold_runs(f, w, win, block, false);
}

#define RANGE_ADDS 2u /* pieces: the range, and the second half of one that it splits */

static int by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct fold_window *)a)->no, y = ((const struct fold_window *)b)->no;
	return x < y ? -1 : x > y;
}

err_t fold_windows(const struct file *f, struct fold_window **ret, size_t *ret_n)
{
	struct fold_window *v = malloc((f->buffer.npending + 1) * sizeof(*v));
	size_t n = 0, k = 0;
	if (!v)
		return ERR_NOMEM;
	for (const struct pending *p = f->buffer.pending; p; p = p->next)
		v[n++] = (struct fold_window){ (uint32_t)(p->off / WINDOW_SIZE), 1 };
	qsort(v, n, sizeof(*v), by_number);
	for (size_t i = 0; i < n; i++)
		if (k && v[k - 1].no == v[i].no)
			v[k - 1].ranges++;
		else
			v[k++] = v[i];
	*ret = v;
	*ret_n = k;
	return ERR_OK;
}

bool fold_fits(const struct fold_window *w, size_t pieces)
{
	return pieces + (size_t)RANGE_ADDS * w->ranges <= PIECES_MAX;
}

static err_t fold_window(struct file *f, struct windows *w, const struct fold_window *v)
{
	struct window *win;
	err_t e = windows_get(w, v->no, &win);
	if (e || fold_fits(v, win->n))
		return e;
	for (uint64_t b = 0; !e && b < WINDOW_BLOCKS; b++)
		e = fold_runs(f, w, win, (uint64_t)v->no * WINDOW_BLOCKS + b, true);
	return e;
}

err_t fold_full(struct file *f)
{
	cleanup_free struct fold_window *v = NULL;
	size_t n = 0;
	err_t e = fold_windows(f, &v, &n);
	if (e)
		return e;
	cleanup(txn_freep) struct txn *t = txn_begin(f->fs->cfg.map);
	struct windows w = { .t = t };
	memcpy(w.content, f->now.content, ID_LEN);
	e = t ? ERR_OK : ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = fold_window(f, &w, &v[i]);
	if (!e)
		e = windows_store(&w);
	windows_free(&w);
	return e ? e : txn_apply(t);
}
