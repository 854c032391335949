/* SPDX-License-Identifier: MIT */
#include "fs/residency/fetch_tree.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/residency/walk.h"
#include "util/clock.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define MANY 64u        /* blocks under way at a time: 8 MiB, eight of the largest ranges that one GET asks for */
#define ROUNDS_MAX 8u   /* over a tree that goes on changing: then whoever waits is told so */
#define ROOM_TRIES 3u   /* of a batch of which nothing could be kept: the memtables drain while it is fetched again */
#define ROOM_STEP_MS 20 /* between looks at the memtables, which a commit empties within some 100 ms */

/* --- one batch --- */
struct tree_fetch {
	struct fs *fs;
	bool (*more)(void *ctx, uint64_t bytes);
	void *ctx;
	struct id ids[MANY];
	uint64_t bytes; /* of the extents behind ids */
	size_t n;
	uint64_t missing;  /* of this round: blocks that were not here */
	uint64_t damaged;  /* of these: damaged, or missing on the store */
	uint64_t gone;     /* of these: the records do not know them any more */
	uint64_t unplaced; /* of these: fetched, and found no room */
	pthread_mutex_t lock;
	pthread_cond_t idle;
	size_t left;     /* lock */
	size_t bad;      /* lock: answers ERR_DAMAGED in the batch */
	size_t notfound; /* lock */
	err_t failed;    /* lock: another error */
};

static void one_done(void *ctx, err_t e, struct span sealed, const struct block_rec *rec)
{
	struct tree_fetch *t = ctx;
	(void)sealed;
	(void)rec;
	guard(&t->lock);
	t->bad += e == ERR_DAMAGED;
	t->notfound += e == ERR_NOTFOUND;
	if (e && e != ERR_DAMAGED && e != ERR_NOTFOUND)
		t->failed = e;
	t->left--;
	pthread_cond_signal(&t->idle);
}

static int fetch_errno(err_t e)
{
	switch (e) {
	case ERR_NET:
	case ERR_TIMEOUT:
	case ERR_TLS:
	case ERR_CLOCK:
	case ERR_NOSTORE:
	case ERR_DENIED:
	case ERR_REFUSED:
		return ENOTCONN;
	case ERR_CANCELED:
		return ECANCELED;
	default:
		return errno_of(e);
	}
}

static err_t fetch_batch(struct tree_fetch *t)
{
	t->left = t->n;
	t->bad = t->notfound = 0;
	t->failed = ERR_OK;
	fetch_many(t->fs->cfg.fetch, t->ids, t->n, one_done, t);
	guard(&t->lock);
	while (t->left)
		pthread_cond_wait(&t->idle, &t->lock);
	return t->failed;
}

/* wait_for_room: the map takes no block while its memtables are full. */
static int wait_for_room(struct tree_fetch *t)
{
	const struct timespec step = { .tv_nsec = ROOM_STEP_MS * NS_PER_MS };
	while (!t->fs->walks_stop && map_pressure(t->fs->cfg.map))
		nanosleep(&step, NULL);
	return t->fs->walks_stop ? ECANCELED : 0;
}

/* take_stock: what became of a batch. A block that is not found is damage only if the records still know it: what is
 * replaced or deleted meanwhile is not. True: some of it came to something; else there was no room. */
static bool take_stock(struct tree_fetch *t)
{
	size_t here = 0, gone = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct rkey k = key_id(REC_PLACED, t->ids[i]);
		if (map_has(t->fs->cfg.map, MAP_BLOCK, id_span(&t->ids[i])) == ERR_OK)
			here++;
		else if (map_has(t->fs->cfg.map, MAP_RECORDS, rkey_span(&k)) == ERR_NOTFOUND)
			gone++;
	}
	size_t damaged = t->bad + (t->notfound > gone ? t->notfound - gone : 0);
	if (!here && !gone && !damaged)
		return false;
	t->gone += gone;
	t->damaged += damaged;
	t->unplaced += t->n - MIN(t->n, here + gone + damaged);
	return true;
}

/* flush: the blocks collected are fetched; those that are damaged are left out: the reader of that file will be told. A
 * block that found no room is met again in the next round. */
static int flush(struct tree_fetch *t)
{
	bool came = !t->n;
	for (unsigned try = 0; !came && try < ROOM_TRIES; try++) {
		int err = wait_for_room(t);
		if (err)
			return err;
		err_t e = fetch_batch(t);
		if (e)
			return fetch_errno(e);
		came = take_stock(t);
	}
	uint64_t bytes = t->bytes;
	size_t n = t->n;
	t->n = 0;
	t->bytes = 0;
	if (!came)
		return ENOSPC;
	return n && t->more && !t->more(t->ctx, bytes) ? ECANCELED : 0;
}

/* --- a round --- */
static int add_extent(void *ctx, const struct extent *p)
{
	struct tree_fetch *t = ctx;
	if (map_has(t->fs->cfg.map, MAP_BLOCK, id_span(&p->block)) != ERR_NOTFOUND)
		return 0;
	if (t->n && id_eq(t->ids[t->n - 1], p->block)) {
		t->bytes += p->len;
		return 0;
	}
	t->ids[t->n++] = p->block;
	t->bytes += p->len;
	t->missing++;
	return t->n == MANY ? flush(t) : 0;
}

static int add_file(void *ctx, const struct walk_at *at)
{
	struct tree_fetch *t = ctx;
	if (!S_ISREG(at->in->mode) || !inode_has_contents(at->in))
		return 0;
	int err = extents_walk(t->fs, at->in, add_extent, t);
	return err == EIO ? 0 : err;
}

/* rounds: until one finds nothing missing. Damage ends it too, once all else is here. */
static int rounds(struct tree_fetch *t, uint64_t ino)
{
	for (unsigned i = 0; i < ROUNDS_MAX; i++) {
		t->missing = t->damaged = t->gone = t->unplaced = 0;
		int err = tree_walk(t->fs, ino, add_file, t);
		if (!err)
			err = flush(t);
		if (err || !t->missing)
			return err;
		if (t->damaged && !t->gone && !t->unplaced)
			return EIO;
	}
	/* contents that name blocks which no record does: damage after all */
	return t->gone == t->missing ? EIO : EAGAIN;
}

int fs_fetch_tree(struct fs *fs, uint64_t ino, bool (*more)(void *ctx, uint64_t bytes), void *ctx)
{
	cleanup_free struct tree_fetch *t = calloc(1, sizeof(*t));
	if (!fs->cfg.fetch)
		return ENOTCONN;
	if (!t || pthread_mutex_init(&t->lock, NULL))
		return ENOMEM;
	if (pthread_cond_init(&t->idle, NULL)) {
		pthread_mutex_destroy(&t->lock);
		return ENOMEM;
	}
	t->fs = fs;
	t->more = more;
	t->ctx = ctx;
	int err = rounds(t, ino);
	pthread_cond_destroy(&t->idle);
	pthread_mutex_destroy(&t->lock);
	return err;
}
