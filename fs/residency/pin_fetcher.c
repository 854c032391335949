/* SPDX-License-Identifier: MIT */
#include "fs/residency/pin_fetcher.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/pin_mark.h"
#include "fs/residency/walk.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/process.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define MANY 64u         /* blocks under way at a time: 8 MiB, eight of the largest ranges that one GET asks for */
#define PASSES_MAX 8u    /* over a tree that goes on changing: then whoever waits is told so */
#define ROOM_TRIES 3u    /* of a batch of which nothing could be kept: the memtables drain while it is fetched again */
#define ROOM_STEP_MS 20  /* between looks at the memtables, which a commit empties within some 100 ms */
#define SETTLE_S 1       /* after a change, before the keeper looks: what comes in many steps is one walk */
#define AGAIN_S 15       /* after a failure, doubling: a walk is not free, and a full disk stays full for a while */
#define AGAIN_MAX_S 600  /* at most that */
#define OFFLINE_MAX_S 60 /* while the store is away: nobody says when it is back, and a try ends at the first batch */

/* --- one batch --- */
struct bring {
	struct fs *fs;
	bool (*more)(void *ctx, uint64_t bytes);
	void *ctx;
	struct id ids[MANY];
	uint64_t bytes; /* of the extents behind ids */
	size_t n;
	uint64_t missing;  /* of this pass: blocks that were not here */
	uint64_t damaged;  /* of these: damaged, or missing on the store */
	uint64_t gone;     /* of these: the tree does not know them any more */
	uint64_t homeless; /* of these: fetched, and found no room */
	pthread_mutex_t lock;
	pthread_cond_t idle;
	size_t left;     /* lock */
	size_t bad;      /* lock: answers ERR_DAMAGED in the batch */
	size_t notfound; /* lock */
	err_t failed;    /* lock: another error */
};

static void one_done(void *ctx, err_t e, struct span sealed, const struct block_rec *rec)
{
	struct bring *b = ctx;
	(void)sealed;
	(void)rec;
	guard(&b->lock);
	b->bad += e == ERR_DAMAGED;
	b->notfound += e == ERR_NOTFOUND;
	if (e && e != ERR_DAMAGED && e != ERR_NOTFOUND)
		b->failed = e;
	b->left--;
	pthread_cond_signal(&b->idle);
}

static int bring_errno(err_t e)
{
	switch (e) {
	case ERR_NET:
	case ERR_TIMEOUT:
	case ERR_TLS:
	case ERR_CLOCK:
	case ERR_NOSTORE:
	case ERR_DENIED:
		return ENOTCONN;
	case ERR_CANCELED:
		return ECANCELED;
	default:
		return errno_of(e);
	}
}

static err_t fetch_batch(struct bring *b)
{
	b->left = b->n;
	b->bad = b->notfound = 0;
	b->failed = ERR_OK;
	fetch_many(b->fs->cfg.fetch, b->ids, b->n, one_done, b);
	guard(&b->lock);
	while (b->left)
		pthread_cond_wait(&b->idle, &b->lock);
	return b->failed;
}

/* wait_for_room: the map takes no block while its memtables are full. */
static int wait_for_room(struct bring *b)
{
	const struct timespec step = { .tv_nsec = ROOM_STEP_MS * NS_PER_MS };
	while (!b->fs->walks_stop && map_pressure(b->fs->cfg.map))
		nanosleep(&step, NULL);
	return b->fs->walks_stop ? ECANCELED : 0;
}

/* take_stock: what became of a batch. A block that is not found is damage only if the tree still knows it: what is
 * replaced or deleted meanwhile is not. False: nothing of it came to anything, for want of room. */
static bool take_stock(struct bring *b)
{
	size_t here = 0, gone = 0;
	for (size_t i = 0; i < b->n; i++) {
		struct rkey k = key_id(REC_BLOCK, b->ids[i]);
		if (map_has(b->fs->cfg.map, MAP_BLOCK, id_span(&b->ids[i])) == ERR_OK)
			here++;
		else if (map_has(b->fs->cfg.map, MAP_RECORDS, rkey_span(&k)) == ERR_NOTFOUND)
			gone++;
	}
	size_t damaged = b->bad + (b->notfound > gone ? b->notfound - gone : 0);
	if (!here && !gone && !damaged)
		return false;
	b->gone += gone;
	b->damaged += damaged;
	b->homeless += b->n - MIN(b->n, here + gone + damaged);
	return true;
}

/* flush: the blocks collected are fetched; those that are damaged are left out: the reader of that file will be told. A
 * block that found no room is met again in the next pass. */
static int flush(struct bring *b)
{
	bool came = !b->n;
	for (unsigned try = 0; !came && try < ROOM_TRIES; try++) {
		int err = wait_for_room(b);
		if (err)
			return err;
		err_t e = fetch_batch(b);
		if (e)
			return bring_errno(e);
		came = take_stock(b);
	}
	uint64_t bytes = b->bytes;
	size_t n = b->n;
	b->n = 0;
	b->bytes = 0;
	if (!came)
		return ENOSPC;
	return n && b->more && !b->more(b->ctx, bytes) ? ECANCELED : 0;
}

/* --- a pass --- */
static int bring_extent(void *ctx, const struct extent *p)
{
	struct bring *b = ctx;
	if (map_has(b->fs->cfg.map, MAP_BLOCK, id_span(&p->block)) != ERR_NOTFOUND)
		return 0;
	if (b->n && id_eq(b->ids[b->n - 1], p->block)) {
		b->bytes += p->len;
		return 0;
	}
	b->ids[b->n++] = p->block;
	b->bytes += p->len;
	b->missing++;
	return b->n == MANY ? flush(b) : 0;
}

static int bring_one(void *ctx, const struct walk_at *at)
{
	struct bring *b = ctx;
	if (!S_ISREG(at->in->mode) || !inode_has_contents(at->in))
		return 0;
	int err = extents_walk(b->fs, at->in->content, bring_extent, b);
	return err == EIO ? 0 : err;
}

/* passes: until one finds nothing missing. Damage ends it too, once all else is here. */
static int passes(struct bring *b, uint64_t ino)
{
	for (unsigned i = 0; i < PASSES_MAX; i++) {
		b->missing = b->damaged = b->gone = b->homeless = 0;
		int err = tree_walk(b->fs, ino, bring_one, b);
		if (!err)
			err = flush(b);
		if (err || !b->missing)
			return err;
		if (b->damaged && !b->gone && !b->homeless)
			return EIO;
	}
	return b->gone == b->missing ? EIO
	                             : EAGAIN; /* contents that name blocks which no record does: damage after all */
}

int fs_bring(struct fs *fs, uint64_t ino, bool (*more)(void *ctx, uint64_t bytes), void *ctx)
{
	cleanup_free struct bring *b = calloc(1, sizeof(*b));
	if (!fs->cfg.fetch)
		return ENOTCONN;
	if (!b || pthread_mutex_init(&b->lock, NULL))
		return ENOMEM;
	if (pthread_cond_init(&b->idle, NULL)) {
		pthread_mutex_destroy(&b->lock);
		return ENOMEM;
	}
	b->fs = fs;
	b->more = more;
	b->ctx = ctx;
	int err = passes(b, ino);
	pthread_cond_destroy(&b->idle);
	pthread_mutex_destroy(&b->lock);
	return err;
}

/* --- the thread --- */
struct pin_fetcher {
	pthread_t thread;
};

/* forget_gone: the mark of an inode that is no more. */
static bool forget_gone(struct fs *fs, uint64_t ino)
{
	struct rkey in = key_ino(REC_INODE, ino), pin = key_ino(REC_PIN, ino);
	if (map_has(fs->cfg.map, MAP_RECORDS, rkey_span(&in)) != ERR_NOTFOUND)
		return false;
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return true;
	batch_del(b, MAP_RECORDS, rkey_span(&pin));
	err_t e = map_apply(fs->cfg.map, b);
	if (e)
		log_debug(AREA_FS, "mark of a pin: %s", err_text(e));
	return true;
}

/* keep_all: 0, or why it is to be tried again. */
static int keep_all(struct fs *fs)
{
	cleanup(buf_free) struct buf inos = BUF_INIT;
	err_t e = pin_list(fs, &inos);
	int failed = errno_of(e);
	for (size_t i = 0; (!failed || failed == EAGAIN) && i + 8 <= inos.len; i += 8) {
		uint64_t ino;
		memcpy(&ino, inos.p + i, sizeof(ino));
		int err = forget_gone(fs, ino) ? 0 : fs_bring(fs, ino, NULL, NULL);
		if (err && err != EIO) /* damage was said where it was found; another try would find it again */
			failed = err;
	}
	return failed;
}

/* sleep_for: until woken, or `seconds` (0: no limit); then until the change is complete. */
static enum wake_reason sleep_for(struct fs *fs, unsigned seconds)
{
	(void)wake_wait(&fs->pins_wake, seconds ? seconds * NS_PER_S : WAKE_NEVER);
	return wake_pause(&fs->pins_wake, SETTLE_S * NS_PER_S);
}

static void *pin_fetcher(void *ctx)
{
	struct fs *fs = ctx;
	unsigned again = 0;
	process_name_thread("pin-fetcher");
	do {
		int err = keep_all(fs);
		unsigned most = err == ENOTCONN ? OFFLINE_MAX_S : AGAIN_MAX_S;
		unsigned longer = again ? MIN(2 * again, most) : AGAIN_S;
		again = err ? longer : 0;
	} while (sleep_for(fs, again) != WAKE_STOPPED);
	return NULL;
}

int pin_fetcher_open(struct fs *fs)
{
	if (!fs->cfg.fetch)
		return 0;
	struct pin_fetcher *p = calloc(1, sizeof(*p));
	if (!p)
		return ENOMEM;
	int err = pthread_create(&p->thread, NULL, pin_fetcher, fs);
	if (err) {
		free(p);
		return err;
	}
	fs->pin_fetcher = p;
	return 0;
}

void fs_pins_stop(struct fs *fs)
{
	fs->walks_stop = true;
	wake_stop(&fs->pins_wake);
}

void pin_fetcher_close(struct fs *fs)
{
	struct pin_fetcher *p = steal_ptr(fs->pin_fetcher);
	if (!p)
		return;
	fs_pins_stop(fs);
	pthread_join(p->thread, NULL);
	free(p);
}
