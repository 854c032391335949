/* SPDX-License-Identifier: MIT
 * Who waits is a thread of FUSE's loop, and sleeps on a condition that the last block of a batch signals: one thread
 * for a file, as the kernel lets one write or fsync of a file through at a time, for a bounded time, and WAITERS of
 * all.
 */
#include "fs/data/compact_fetch.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/data/block_read.h"
#include "fs/data/compact.h"
#include "fs/data/extent_source.h"
#include "fs/data/flush.h"
#include "util/deadline.h"
#include "util/log.h"

#include <string.h>
#include <time.h>

#define ASKED_AT_A_TIME 64u       /* blocks asked for at a time by one who waits: 8 MiB */
#define NONE_CAME (20 * NS_PER_S) /* then it is given up */
#define AGAIN (100 * NS_PER_MS)   /* after the store failed, or the map had no room for blocks; doubling */
#define AGAIN_MAX (5 * NS_PER_S)
#define WAIT_SLICE (200 * NS_PER_MS) /* of a wait: then it is seen whether the mount is being left */
#define WAITERS 4u                   /* of the loop's 16 threads */

struct compact_waiters {
	pthread_mutex_t lock;
	unsigned n;            /* lock */
	_Atomic bool stopping; /* nobody waits any more */
};
struct missing { /* one group's blocks that are not here */
	size_t n;
	struct id ids[EXTENTS_MAX];
};

/* --- what is missing --- */
/* list_missing: none for a group that has room for its ranges: it is not what the flush failed at. */
static err_t list_missing(struct extent_source *from, const struct changed_group *g, struct missing *ret)
{
	cleanup_free struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	size_t n = 0;
	ret->n = 0;
	if (!list)
		return ERR_NOMEM;
	err_t e = extent_source_group(from, g->no, list, EXTENTS_MAX, &n);
	if (e || compact_fits(g, n))
		return e;
	for (size_t i = 0; i < n; i++) { /* the extents left of one block are mostly next to each other */
		bool again = ret->n && id_eq(ret->ids[ret->n - 1], list[i].block);
		if (!again && !block_is_here(from->fs, list[i].block))
			ret->ids[ret->n++] = list[i].block;
	}
	return ERR_OK;
}

/* each_missing: `fn` for every group that lacks blocks, until it returns something else than EAGAIN; that, or EAGAIN.
 */
static int each_missing(struct file *f, int (*fn)(struct file *f, const struct missing *m, struct deadline end),
                        struct deadline end)
{
	cleanup_free struct missing *m = malloc(sizeof(*m));
	cleanup_free struct changed_group *v = NULL;
	struct extent_source from;
	size_t n = 0;
	err_t e = m ? ERR_OK : ERR_NOMEM;
	int err = EAGAIN;
	if (!e) {
		guard(&f->lock);
		from = extent_source_of_file(f);
		e = compact_groups(f, &v, &n);
	}
	for (size_t i = 0; !e && err == EAGAIN && i < n; i++) {
		{
			ns_guard_read(f->fs);
			e = list_missing(&from, &v[i], m);
		}
		if (!e && m->n)
			err = fn(f, m, end);
	}
	if (e)
		log_warn(AREA_FS, LOG_INO ": extents: %s", f->ino, err_text(e));
	return err;
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

/* --- asking --- */
bool compact_fetch_resting(struct file *f)
{
	guard(&f->lock);
	return f->flush.error == ENONRESIDENT && clock_mono() < f->flush.ask_at;
}

static int ask_group(struct file *f, const struct missing *m, struct deadline end)
{
	(void)end;
	fetch_ahead(f->fs->cfg.fetch, m->ids, m->n); /* drops what is too much at a time: it is asked for again */
	return EAGAIN;
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
	(void)each_missing(f, ask_group, DEADLINE_NEVER);
}

static int flush_asking(struct file *f)
{
	int e = file_flush(f);
	if (e == ENONRESIDENT)
		ask(f);
	return e;
}

/* --- waiting --- */
struct batch_wait {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	size_t left;   /* lock */
	bool canceled; /* lock */
};

static void one_answered(void *ctx, err_t e, struct span sealed, const struct block_rec *rec)
{
	struct batch_wait *w = ctx;
	(void)sealed;
	(void)rec;
	guard(&w->lock);
	w->canceled |= e == ERR_CANCELED;
	if (!--w->left)
		pthread_cond_signal(&w->answered);
}

static void wait_left(struct batch_wait *w, const struct compact_waiters *all, struct deadline end)
{
	int64_t left;
	while (w->left && !all->stopping && (left = deadline_left(end)) > 0)
		(void)deadline_wait(&w->answered, &w->lock,
		                    deadline_in(MIN(left, WAIT_SLICE))); /* a look at what came */
}

/* fetch_batch: up to ASKED_AT_A_TIME blocks; ECANCELED: fetching was stopped. */
static int fetch_batch(struct fs *fs, const struct id *ids, size_t n, struct deadline end)
{
	struct fetch *fetch = fs->cfg.fetch;
	struct batch_wait w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, n, false };
	fetch_many(fetch, ids, n, one_answered, &w);
	bool canceled;
	{
		guard(&w.lock);
		wait_left(&w, fs->compact_waiters, end);
		while (w.left && fetch_forget(fetch, &w))
			w.left--;
		while (w.left) /* being answered just now */
			pthread_cond_wait(&w.answered, &w.lock);
		canceled = w.canceled || fs->compact_waiters->stopping;
	}
	pthread_cond_destroy(&w.answered);
	pthread_mutex_destroy(&w.lock);
	return canceled ? ECANCELED : 0;
}

/* fetch_group: 0: some of its blocks are here now; EAGAIN: none. */
static int fetch_group(struct file *f, const struct missing *m, struct deadline end)
{
	int err = 0;
	for (size_t i = 0; !err && i < m->n && !deadline_passed(end); i += ASKED_AT_A_TIME)
		err = fetch_batch(f->fs, m->ids + i, MIN(m->n - i, ASKED_AT_A_TIME), end);
	if (err)
		return err;
	for (size_t i = 0; i < m->n; i++)
		if (block_is_here(f->fs, m->ids[i]))
			return 0;
	return EAGAIN;
}

/* enter: false: as many wait as may. */
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

/* rest: after a look after which nothing came, ever longer: what the store does not have may never come. */
static void rest(const struct compact_waiters *all, int64_t *pause)
{
	const struct timespec slice = { .tv_nsec = AGAIN };
	for (struct deadline end = deadline_in(*pause); !all->stopping && !deadline_passed(end);)
		nanosleep(&slice, NULL);
	*pause = MIN(2 * *pause, AGAIN_MAX);
}

static int flush_waiting(struct file *f, int64_t wait)
{
	const struct compact_waiters *all = f->fs->compact_waiters;
	struct deadline end = deadline_in(wait), none_came = deadline_in(NONE_CAME);
	int64_t pause = AGAIN;
	int e;
	while ((e = flush_asking(f)) == ENONRESIDENT) {
		struct deadline first = { MIN(end.ns, none_came.ns) };
		int err = deadline_passed(first) ? ECANCELED : each_missing(f, fetch_group, first);
		if (err == ECANCELED || all->stopping)
			break;
		if (err) {
			rest(all, &pause);
			continue;
		}
		none_came = deadline_in(NONE_CAME);
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
