/* SPDX-License-Identifier: MIT
 * Asking and waiting for the blocks that folding needs.
 *
 * Who waits is a thread of FUSE's loop, and sleeps on a condition that the last block of a batch signals. That is one
 * thread for a file, as the kernel lets one write or fsync of a file through at a time, and for a bounded time.
 */
#include "fs/cold.h"

#include "fs/fold.h"
#include "util/clock.h"
#include "util/log.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define BATCH 64u                 /* blocks asked for at a time by one who waits: 8 MiB */
#define NONE_CAME (20 * NS_PER_S) /* then it is given up */
#define AGAIN (100 * NS_PER_MS)   /* after the store failed, or the map had no room for blocks */
#define RANGE_ADDS 2u             /* pieces: the range, and the second half of one that it splits */

struct cold { /* one window's blocks that are not here */
	size_t n;
	uint8_t ids[PIECES_MAX][ID_LEN];
};

static bool is_cold(struct fs *fs, const uint8_t id[ID_LEN])
{
	return map_has(fs->cfg.map, MAP_BLOCK, SPAN(id, ID_LEN)) == ERR_NOTFOUND;
}

/* cold_list: none for a window that has room for its ranges: it is not what the flush failed at. */
static err_t cold_list(struct file *f, const uint8_t content[ID_LEN], const struct fold_window *w, struct cold *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup_free struct piece *list = malloc(PIECES_MAX * sizeof(*list));
	struct rkey k = key_extents(content, w->no);
	size_t n = 0;
	ret->n = 0;
	if (!list)
		return ERR_NOMEM;
	err_t e = map_get(f->fs->cfg.map, MAP_TREE, rkey_span(&k), &b);
	if (!e)
		e = extents_decode(buf_span(&b), w->no, list, PIECES_MAX, &n);
	if (e || n + (size_t)RANGE_ADDS * w->ranges <= PIECES_MAX)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	for (size_t i = 0; i < n; i++) /* the pieces left of one block are mostly next to each other */
		if (is_cold(f->fs, list[i].block) &&
		    (!ret->n || memcmp(ret->ids[ret->n - 1], list[i].block, ID_LEN) != 0))
			memcpy(ret->ids[ret->n++], list[i].block, ID_LEN);
	return ERR_OK;
}

/* each_cold: `fn` for every window that lacks blocks, until it returns something else than EAGAIN; that, or EAGAIN. */
static int each_cold(struct file *f, int (*fn)(struct file *f, const struct cold *c, int64_t until), int64_t until)
{
	cleanup_free struct cold *c = malloc(sizeof(*c));
	cleanup_free struct fold_window *v = NULL;
	uint8_t content[ID_LEN];
	size_t n = 0;
	err_t e = c ? ERR_OK : ERR_NOMEM;
	int err = EAGAIN;
	if (!e) {
		guard(&f->lock);
		memcpy(content, f->content, ID_LEN);
		e = fold_windows(f, &v, &n);
	}
	for (size_t i = 0; !e && err == EAGAIN && i < n; i++) {
		e = cold_list(f, content, &v[i], c);
		if (!e && c->n)
			err = fn(f, c, until);
	}
	if (e)
		log_warn("fs", "inode %llx: extents: %s", (unsigned long long)f->ino, err_text(e));
	return err;
}

static int ask_window(struct file *f, const struct cold *c, int64_t until)
{
	(void)until;
	fetch_ahead(f->fs->cfg.fetch, c->ids, c->n); /* drops what is too much at a time: it is asked for again */
	return EAGAIN;
}

void cold_ask(struct file *f)
{
	if (f->fs->cfg.fetch)
		(void)each_cold(f, ask_window, 0);
}

/* --- waiting --- */
struct batch_wait {
	pthread_mutex_t lock;
	pthread_cond_t settled;
	size_t left;   /* lock */
	bool canceled; /* lock */
};

static void one_settled(void *ctx, err_t e, struct span sealed, const struct block_rec *rec)
{
	struct batch_wait *w = ctx;
	(void)sealed;
	(void)rec;
	guard(&w->lock);
	w->canceled |= e == ERR_CANCELED;
	if (!--w->left)
		pthread_cond_signal(&w->settled);
}

static int64_t mono(void)
{
	struct clock c = clock_system();
	return c.mono(c.ctx);
}

static void wait_left(struct batch_wait *w, int64_t until)
{
	struct clock c = clock_system();
	int64_t stop = c.wall(c.ctx) + MAX(until - c.mono(c.ctx), 0);
	struct timespec ts = { stop / NS_PER_S, stop % NS_PER_S };
	while (w->left)
		if (pthread_cond_timedwait(&w->settled, &w->lock, &ts))
			break;
}

/* bring: up to BATCH blocks; ECANCELED: fetching was stopped. */
static int bring(struct fetch *fetch, const uint8_t (*ids)[ID_LEN], size_t n, int64_t until)
{
	struct batch_wait w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, n, false };
	fetch_many(fetch, ids, n, one_settled, &w);
	bool canceled;
	{
		guard(&w.lock);
		wait_left(&w, until);
		while (w.left && fetch_forget(fetch, &w))
			w.left--;
		while (w.left) /* being answered just now */
			pthread_cond_wait(&w.settled, &w.lock);
		canceled = w.canceled;
	}
	pthread_cond_destroy(&w.settled);
	pthread_mutex_destroy(&w.lock);
	return canceled ? ECANCELED : 0;
}

/* bring_window: 0: some of its blocks are here now; EAGAIN: none. */
static int bring_window(struct file *f, const struct cold *c, int64_t until)
{
	int err = 0;
	for (size_t i = 0; !err && i < c->n && mono() < until; i += BATCH)
		err = bring(f->fs->cfg.fetch, c->ids + i, MIN(c->n - i, BATCH), until);
	if (err)
		return err;
	for (size_t i = 0; i < c->n; i++)
		if (!is_cold(f->fs, c->ids[i]))
			return 0;
	return EAGAIN;
}

int cold_flush(struct file *f, int64_t wait)
{
	const struct timespec again = { .tv_nsec = AGAIN };
	int64_t end = mono() + wait, came = mono();
	int e;
	while ((e = file_flush(f)) == EFBIG && f->fs->cfg.fetch) {
		int64_t until = MIN(end, came + NONE_CAME);
		int err = mono() < until ? each_cold(f, bring_window, until) : ECANCELED;
		if (err == ECANCELED)
			break;
		if (err)
			nanosleep(&again, NULL);
		else
			came = mono();
	}
	return e;
}
