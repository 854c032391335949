/* SPDX-License-Identifier: MIT
 * Asking and waiting for the blocks that folding needs.
 *
 * Who waits is a thread of FUSE's loop, and sleeps on a condition that the last block of a batch signals: one thread
 * for a file, as the kernel lets one write or fsync of a file through at a time, for a bounded time, and WAITERS of
 * all.
 */
#include "fs/data/compact_fetch.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/data/compact.h"
#include "fs/data/flush.h"
#include "util/deadline.h"
#include "util/log.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define BATCH 64u                 /* blocks asked for at a time by one who waits: 8 MiB */
#define NONE_CAME (20 * NS_PER_S) /* then it is given up */
#define AGAIN (100 * NS_PER_MS)   /* after the store failed, or the map had no room for blocks; doubling */
#define AGAIN_MAX (5 * NS_PER_S)
#define SLICE (200 * NS_PER_MS) /* of a wait: then it is seen whether the mount is being left */
#define WAITERS 4u              /* of the loop's 16 threads */

struct compact_waiters {
	pthread_mutex_t lock;
	unsigned n;            /* lock */
	_Atomic bool stopping; /* nobody waits any more */
};
struct cold { /* one group's blocks that are not here */
	size_t n;
	struct id ids[EXTENTS_MAX];
};

static bool is_cold(struct fs *fs, struct id id)
{
	return map_has(fs->cfg.map, MAP_BLOCK, id_span(&id)) == ERR_NOTFOUND;
}

/* cold_list: none for a group that has room for its ranges: it is not what the flush failed at. */
static err_t cold_list(struct file *f, struct id content, const struct changed_group *w, struct cold *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup_free struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	struct rkey k = key_extents(content, w->no);
	size_t n = 0;
	ret->n = 0;
	if (!list)
		return ERR_NOMEM;
	err_t e = map_get(f->fs->cfg.map, MAP_RECORDS, rkey_span(&k), &b);
	if (!e)
		e = extents_decode(buf_span(&b), w->no, list, EXTENTS_MAX, &n);
	if (e || compact_fits(w, n))
		return e == ERR_NOTFOUND ? ERR_OK : e;
	for (size_t i = 0; i < n; i++) /* the extents left of one block are mostly next to each other */
		if (is_cold(f->fs, list[i].block) && (!ret->n || !id_eq(ret->ids[ret->n - 1], list[i].block)))
			ret->ids[ret->n++] = list[i].block;
	return ERR_OK;
}

/* each_cold: `fn` for every group that lacks blocks, until it returns something else than EAGAIN; that, or EAGAIN. */
static int each_cold(struct file *f, int (*fn)(struct file *f, const struct cold *c, int64_t until), int64_t until)
{
	cleanup_free struct cold *c = malloc(sizeof(*c));
	cleanup_free struct changed_group *v = NULL;
	struct id content;
	size_t n = 0;
	err_t e = c ? ERR_OK : ERR_NOMEM;
	int err = EAGAIN;
	if (!e) {
		guard(&f->lock);
		content = f->now.content;
		e = compact_groups(f, &v, &n);
	}
	for (size_t i = 0; !e && err == EAGAIN && i < n; i++) {
		e = cold_list(f, content, &v[i], c);
		if (!e && c->n)
			err = fn(f, c, until);
	}
	if (e)
		log_warn(AREA_FS, LOG_INO ": extents: %s", f->ino, err_text(e));
	return err;
}

static int ask_group(struct file *f, const struct cold *c, int64_t until)
{
	(void)until;
	fetch_ahead(f->fs->cfg.fetch, c->ids, c->n); /* drops what is too much at a time: it is asked for again */
	return EAGAIN;
}

int compact_fetch_open(struct fs *fs)
{
	struct compact_waiters *w = calloc(1, sizeof(*w));
	int err = w ? pthread_mutex_init(&w->lock, NULL) : ENOMEM;
	if (err) {
		free(w);
		return err;
	}
	fs->compact_waiters = w;
	return 0;
}

void compact_fetch_close(struct fs *fs)
{
	struct compact_waiters *w = steal_ptr(fs->compact_waiters);
	if (!w)
		return;
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void compact_fetch_stop(struct fs *fs, bool stop)
{
	fs->compact_waiters->stopping = stop;
}

void fs_leave(struct fs *fs)
{
	compact_fetch_stop(fs, true);
}

bool compact_fetch_resting(struct file *f)
{
	guard(&f->lock);
	return f->flush.error == ENONRESIDENT && clock_mono() < f->flush.ask_at;
}

/* ask: for the blocks that the last flush lacked, in every group, without waiting; at once the first time, then every
 * 5 s at last. */
static void ask(struct file *f)
{
	if (!f->fs->cfg.fetch || compact_fetch_resting(f))
		return;
	{
		guard(&f->lock);
		f->flush.ask_pause = f->flush.ask_pause ? MIN(2 * f->flush.ask_pause, AGAIN_MAX) : AGAIN;
		f->flush.ask_at = clock_mono() + f->flush.ask_pause;
	}
	(void)each_cold(f, ask_group, 0);
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

static void wait_left(struct batch_wait *w, const struct compact_waiters *all, int64_t until)
{
	int64_t left;
	while (w->left && !all->stopping && (left = until - clock_mono()) > 0)
		(void)deadline_wait(&w->settled, &w->lock, deadline_in(MIN(left, SLICE))); /* a look at what came */
}

/* bring: up to BATCH blocks; ECANCELED: fetching was stopped. */
static int bring(struct fs *fs, const struct id *ids, size_t n, int64_t until)
{
	struct fetch *fetch = fs->cfg.fetch;
	struct batch_wait w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, n, false };
	fetch_many(fetch, ids, n, one_settled, &w);
	bool canceled;
	{
		guard(&w.lock);
		wait_left(&w, fs->compact_waiters, until);
		while (w.left && fetch_forget(fetch, &w))
			w.left--;
		while (w.left) /* being answered just now */
			pthread_cond_wait(&w.settled, &w.lock);
		canceled = w.canceled || fs->compact_waiters->stopping;
	}
	pthread_cond_destroy(&w.settled);
	pthread_mutex_destroy(&w.lock);
	return canceled ? ECANCELED : 0;
}

/* bring_group: 0: some of its blocks are here now; EAGAIN: none. */
static int bring_group(struct file *f, const struct cold *c, int64_t until)
{
	int err = 0;
	for (size_t i = 0; !err && i < c->n && clock_mono() < until; i += BATCH)
		err = bring(f->fs, c->ids + i, MIN(c->n - i, BATCH), until);
	if (err)
		return err;
	for (size_t i = 0; i < c->n; i++)
		if (!is_cold(f->fs, c->ids[i]))
			return 0;
	return EAGAIN;
}

static bool enter(struct compact_waiters *all)
{
	guard(&all->lock);
	if (all->stopping || all->n == WAITERS)
		return false;
	all->n++;
	return true;
}

static void leave(struct compact_waiters *all)
{
	guard(&all->lock);
	all->n--;
}

/* rest: after a look that brought nothing, ever longer: what the store does not have may never come. */
static void rest(const struct compact_waiters *all, int64_t *pause)
{
	const struct timespec slice = { .tv_nsec = AGAIN };
	for (int64_t end = clock_mono() + *pause; !all->stopping && clock_mono() < end;)
		nanosleep(&slice, NULL);
	*pause = MIN(2 * *pause, AGAIN_MAX);
}

static int flush_asking(struct file *f)
{
	int e = file_flush(f);
	if (e == ENONRESIDENT)
		ask(f);
	return e;
}

static int flush_waiting(struct file *f, int64_t wait)
{
	const struct compact_waiters *all = f->fs->compact_waiters;
	int64_t end = clock_mono() + wait, came = clock_mono(), pause = AGAIN;
	int e;
	while ((e = flush_asking(f)) == ENONRESIDENT) {
		int64_t until = MIN(end, came + NONE_CAME);
		int err = clock_mono() < until ? each_cold(f, bring_group, until) : ECANCELED;
		if (err == ECANCELED || all->stopping)
			break;
		if (err) {
			rest(all, &pause);
			continue;
		}
		came = clock_mono();
		pause = AGAIN;
	}
	return e;
}

int compact_fetch_flush(struct file *f, int64_t wait)
{
	struct compact_waiters *all = f->fs->compact_waiters;
	if (wait <= 0 || !f->fs->cfg.fetch || !enter(all))
		return flush_asking(f);
	int e = flush_waiting(f, wait);
	leave(all);
	return e;
}
