/* SPDX-License-Identifier: MIT
 * The flusher thread, flushing for the map's freeze hook, room for parked writes, numbers.
 */
#include "fs/core/data.h"

#include "fs/data/compact_fetch.h"
#include "fs/data/contents.h"
#include "util/clock.h"
#include "util/deadline.h"
#include "util/log.h"
#include "util/process.h"

#include <string.h>

#define FLUSH_AFTER (1 * NS_PER_S)
#define TICK (250 * NS_PER_MS)
#define TICK_IDLE (1 * NS_PER_S)

void data_poke(struct fs *fs)
{
	if (fs->cfg.wake_sync)
		fs->cfg.wake_sync(fs->cfg.ctx);
}

void data_nudge(struct fs *fs)
{
	guard(&fs->data->lock);
	fs->data->nudged = true;
	pthread_cond_broadcast(&fs->data->wake);
}

/* changed_inos: inode numbers of the changed files, those not younger than `before`. The lists are short: open files.
 */
static uint64_t *changed_inos(struct data *d, int64_t before, size_t *ret_n)
{
	guard(&d->lock);
	size_t n = 0;
	for (struct file *f = d->changed; f; f = f->next)
		n++;
	uint64_t *v = malloc((n + 1) * sizeof(*v));
	*ret_n = 0;
	for (struct file *f = d->changed; v && f; f = f->next)
		if (f->since <= before)
			v[(*ret_n)++] = f->ino;
	return v;
}

/* flush_older: `cold`: for how long to wait for cold blocks in all (ns). */
static void flush_older(struct fs *fs, int64_t before, int64_t cold)
{
	size_t n;
	int64_t end = clock_mono() + cold;
	cleanup_free uint64_t *v = changed_inos(fs->data, before, &n);
	for (size_t i = 0; i < n; i++) {
		struct node *node = node_find(fs, v[i]);
		if (!node)
			continue;
		ns_rdlock(fs);
		struct file *f = node_file(fs, node);
		ns_unlock(fs);
		int e = !f ? ENOMEM : cold ? cold_flush(f, end - clock_mono()) : cold_resting(f) ? 0 : file_flush(f);
		if (e)
			log_debug(AREA_FS, "flusher: %s", strerror(e)); /* kept, and reported by the file */
		node_release(fs, node);
	}
}

void data_flush_all(struct fs *fs)
{
	flush_older(fs, INT64_MAX, 0);
}

void fs_leave(struct fs *fs)
{
	fs->data->leaving = true;
}

void fs_flush_cold(struct fs *fs, unsigned seconds)
{
	fs->data->leaving = false;
	flush_older(fs, INT64_MAX, seconds * NS_PER_S);
}

/* next_untried: inode number of a changed file that this round has not seen; 0: none. */
static uint64_t next_untried(struct data *d)
{
	guard(&d->lock);
	struct file *f = d->changed;
	while (f && f->tried == d->freezes)
		f = f->next;
	if (!f)
		return 0;
	f->tried = d->freezes;
	return f->ino;
}

static int freeze_one(struct fs *fs, uint64_t ino)
{
	struct node *node = node_find(fs, ino);
	if (!node)
		return 0; /* it went with its last user: an orphan */
	struct file *f = node_file(fs, node);
	int e = f ? file_flush_locked(f) : ENOMEM;
	node_unref(fs, node);
	return e;
}

void data_freeze(struct fs *fs)
{
	struct data *d = fs->data;
	uint64_t ino;
	int unflushed = 0;
	d->freezes++;
	while ((ino = next_untried(d))) { /* no memory is needed to come this far */
		int e = freeze_one(fs, ino);
		if (e) /* kept, and reported by an fsync of that file */
			log_debug(AREA_FS, "freeze: %s", strerror(e));
		unflushed = unflushed ? unflushed : e;
	}
	d->unflushed = unflushed;
}

/* --- room for writers --- */
static void drained(void *ctx)
{
	struct fs *fs = ctx;
	struct data *d = fs->data;
	void (*fn)(void *);
	void *arg;
	{
		guard(&d->lock);
		fn = d->room;
		arg = d->room_ctx;
		d->room_running = fn != NULL;
	}
	if (!fn)
		return;
	fn(arg);
	guard(&d->lock);
	d->room_running = false;
	pthread_cond_broadcast(&d->wake);
}

void fs_on_room(struct fs *fs, void (*fn)(void *ctx), void *ctx)
{
	struct data *d = fs->data;
	guard(&d->lock);
	while (d->room_running) /* so that none runs any more when the caller took it away */
		pthread_cond_wait(&d->wake, &d->lock);
	d->room = fn;
	d->room_ctx = ctx;
}

/* --- the flusher --- */
/* tick: true: stop. */
static bool tick(struct data *d, int64_t wait)
{
	struct deadline end = deadline_in(wait);
	guard(&d->lock);
	d->resting = wait > TICK && !d->changed;
	while (!d->stop && !d->nudged && wait && deadline_wait(&d->wake, &d->lock, end))
		;
	d->nudged = d->resting = false;
	return d->stop;
}

/* news: something happened to the map since `seen`: what is to be reaped is looked for only then. */
static bool news(struct fs *fs, struct map_stats *seen)
{
	struct map_stats s;
	map_stats(fs->cfg.map, &s);
	bool same = s.applied == seen->applied && s.commits == seen->commits && s.block_bytes == seen->block_bytes;
	*seen = s;
	return !same;
}

static bool buffered(struct data *d)
{
	guard(&d->lock);
	return d->changed != NULL;
}

static void *flusher(void *ctx)
{
	process_name_thread("flusher");
	struct fs *fs = ctx;
	struct map_stats seen = { 0 };
	int64_t wait = TICK;
	bool reaping = true;
	while (!tick(fs->data, wait)) {
		flush_older(fs, clock_mono() - FLUSH_AFTER, 0);
		bool active = news(fs, &seen) || reaping;
		reaping = active && reap_run(fs);
		bool evicting = evict_run(fs);
		bool working = wait < TICK_IDLE;
		wait = reaping || evicting ? 0 : active || buffered(fs->data) ? TICK : MIN(wait + TICK, TICK_IDLE);
		if (working && wait == TICK_IDLE)
			process_trim();
	}
	return NULL;
}

static uint64_t share_of_disk(struct fs *fs)
{
	struct statvfs v;
	struct map_stats s;
	if (!fs->cfg.state_dir || statvfs(fs->cfg.state_dir, &v))
		return UINT64_MAX;
	map_stats(fs->cfg.map, &s);
	return ((uint64_t)v.f_bavail * v.f_frsize + s.block_bytes) / 2;
}

static struct data *data_new(void)
{
	struct data *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	if (pthread_mutex_init(&d->lock, NULL) || pthread_mutex_init(&d->evict_lock, NULL) ||
	    pthread_cond_init(&d->wake, NULL)) {
		free(d);
		return NULL;
	}
	return d;
}

static void data_free(struct data *d)
{
	buf_free(&d->pinned);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->evict_lock);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

int data_open(struct fs *fs)
{
	struct data *d = data_new();
	if (!d)
		return ENOMEM;
	fs->data = d;
	d->limit = fs->cfg.cache_limit ? fs->cfg.cache_limit : share_of_disk(fs);
	int e = pthread_create(&d->thread, NULL, flusher, fs);
	if (e) {
		data_free(steal_ptr(fs->data));
		return e;
	}
	map_on_drain(fs->cfg.map, drained, fs);
	return 0;
}

void data_close(struct fs *fs)
{
	struct data *d = fs->data;
	map_on_drain(fs->cfg.map, NULL, NULL);
	{
		guard(&d->lock);
		d->stop = true;
		pthread_cond_broadcast(&d->wake);
	}
	pthread_join(d->thread, NULL);
	fs_reads_stop(fs);
	data_free(steal_ptr(fs->data));
}

/* --- durability and numbers --- */
/* sync_own: after map_sync: what keeps this inode's bytes from being durable. It stays until a flush succeeds: every
 * fsync says it. */
static int sync_own(struct fs *fs, struct file *f)
{
	int e;
	{
		guard(&f->lock);
		e = f->error;
	}
	if (e != EFBIG)
		return e;
	e = cold_flush(f, COLD_WAIT);
	return e ? e : errno_of(map_sync(fs->cfg.map));
}

int fs_fsync(struct fs *fs, uint64_t ino)
{
	int err = errno_of(map_sync(fs->cfg.map));
	data_poke(fs);
	struct node *n = err ? NULL : node_find(fs, ino);
	if (!n)
		return err;
	ns_rdlock(fs);
	struct file *f = n->file ? node_file(fs, n) : NULL;
	ns_unlock(fs);
	if (f)
		err = sync_own(fs, f);
	node_release(fs, n);
	return err;
}

int fs_sync(struct fs *fs)
{
	err_t e = map_sync(fs->cfg.map);
	data_poke(fs);
	if (!e && fs->data->unflushed) {
		flush_older(fs, INT64_MAX, COLD_WAIT);
		e = map_sync(fs->cfg.map);
	}
	return e ? errno_of(e) : fs->data->unflushed;
}

void fs_stats(struct fs *fs, struct fs_stats *ret)
{
	struct map_stats m;
	struct data *d = fs->data;
	map_stats(fs->cfg.map, &m);
	guard(&d->lock);
	*ret = (struct fs_stats){ d->open_files, d->bytes, m.block_bytes, d->limit, d->nreads };
}

void fs_set_cache_limit(struct fs *fs, uint64_t bytes)
{
	fs->data->limit = bytes ? bytes : share_of_disk(fs);
	fs->data->pins_stale = true; /* the next round must look, whatever the last one found */
	data_nudge(fs);
}
