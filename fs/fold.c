/* SPDX-License-Identifier: MIT
 * Folding of one block's pieces.
 */
#include "fs/fold.h"

#include "util/log.h"

#include <string.h>

/* piece_bytes: from the pending list (not in the map yet) or from the block on this device. */
static err_t piece_bytes(struct file *f, const struct piece *p, uint8_t *out)
{
	for (const struct pending *q = f->pending; q; q = q->next)
		if (memcmp(q->id, p->block, ID_LEN) == 0 && q->off / BLOCK_SIZE == p->off / BLOCK_SIZE) {
			memcpy(out, q->plain + p->block_off, p->len);
			return ERR_OK;
		}
	return block_read(f->fs, f->key, p->block, p->block_off, p->len, out);
}

/* fold_run: pieces [i, j) are neighbours, their bytes in `plain`: one new block, one piece. */
static err_t fold_run(struct file *f, struct windows *w, struct window *win, size_t i, size_t j, const uint8_t *plain)
{
	struct piece one = { .off = win->list[i].off };
	one.len = (uint32_t)(win->list[j - 1].off + win->list[j - 1].len - one.off);
	struct pending_block rec;
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	err_t e = block_seal(f->fs->cfg.ring, f->key, SPAN(plain, one.len), one.block, &rec, &sealed);
	if (e)
		return e;
	tree_block(w->t, one.block, &rec, &sealed);
	win->list[i] = one;
	memmove(win->list + i + 1, win->list + j, (win->n - j) * sizeof(one));
	win->n -= j - i - 1;
	win->changed = true;
	return ERR_OK;
}

/* run_end: as many neighbours from piece i on as are here; their bytes go to `plain`. */
static size_t run_end(struct file *f, const struct window *win, size_t i, uint64_t block, uint8_t *plain)
{
	uint64_t at = win->list[i].off;
	uint32_t n = 0;
	size_t j = i;
	for (; j < win->n; j++) {
		const struct piece *p = &win->list[j];
		if (p->off / BLOCK_SIZE != block || p->off != at + n || piece_bytes(f, p, plain + n))
			break;
		n += p->len;
	}
	return j;
}

static err_t fold_runs(struct file *f, struct windows *w, struct window *win, uint64_t block)
{
	cleanup_free uint8_t *plain = malloc(BLOCK_SIZE);
	if (!plain)
		return ERR_NOMEM;
	size_t i = pieces_find(win->list, win->n, block * BLOCK_SIZE);
	while (i < win->n && win->list[i].off / BLOCK_SIZE == block) {
		size_t j = run_end(f, win, i, block, plain);
		err_t e = j > i + 1 ? fold_run(f, w, win, i, j, plain) : ERR_OK;
		if (e)
			return e;
		i++;
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
		for (const struct pending *q = f->pending; q && !pending; q = q->next)
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
	return fold_runs(f, w, win, block);
}

/* next_window: the numbers of the windows that f's pending ranges are in, without repeats in a row. */
static bool next_window(const struct pending **p, uint32_t *no)
{
	static const uint32_t none = UINT32_MAX;
	for (; *p; *p = (*p)->next)
		if (*no == none || (*p)->off / WINDOW_SIZE != *no) {
			*no = (uint32_t)((*p)->off / WINDOW_SIZE);
			return true;
		}
	return false;
}

static err_t fold_window(struct file *f, struct windows *w, uint32_t no)
{
	struct window *win;
	err_t e = windows_get(w, no, &win);
	for (uint64_t b = 0; !e && b < WINDOW_BLOCKS; b++)
		e = fold_runs(f, w, win, (uint64_t)no * WINDOW_BLOCKS + b);
	return e;
}

err_t fold_full(struct file *f)
{
	cleanup(tree_freep) struct tree *t = tree_begin(f->fs->cfg.map);
	struct windows w = { .t = t };
	memcpy(w.content, f->content, ID_LEN);
	err_t e = t ? ERR_OK : ERR_NOMEM;
	uint32_t no = UINT32_MAX;
	for (const struct pending *p = f->pending; !e && next_window(&p, &no);)
		e = fold_window(f, &w, no);
	if (!e)
		e = windows_store(&w);
	windows_free(&w);
	return e ? e : tree_apply(t);
}

static err_t fetch_window(struct file *f, const uint8_t content[ID_LEN], uint32_t no)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup_free struct piece *list = malloc(PIECES_MAX * sizeof(*list));
	cleanup_free uint8_t(*ids)[ID_LEN] = malloc(PIECES_MAX * ID_LEN);
	struct rkey k = key_extents(content, no);
	size_t n = 0;
	if (!list || !ids)
		return ERR_NOMEM;
	err_t e = map_get(f->fs->cfg.map, MAP_TREE, rkey_span(&k), &b);
	if (!e)
		e = extents_decode(buf_span(&b), no, list, PIECES_MAX, &n);
	for (size_t i = 0; !e && i < n; i++)
		memcpy(ids[i], list[i].block, ID_LEN);
	if (!e && f->fs->cfg.fetch)
		fetch_ahead(f->fs->cfg.fetch, (const uint8_t(*)[ID_LEN])ids, n);
	return e;
}

void fold_fetch(struct file *f)
{
	uint32_t no = UINT32_MAX;
	uint8_t content[ID_LEN];
	{
		guard(&f->lock);
		const struct pending *p = f->pending;
		if (!next_window(&p, &no))
			return;
		memcpy(content, f->content, ID_LEN);
	}
	err_t e = fetch_window(f, content, no);
	if (e && e != ERR_NOTFOUND)
		log_warn("fs", "inode %llx: extents: %s", (unsigned long long)f->ino, err_text(e));
}
