/* SPDX-License-Identifier: MIT */
#include "fs/flusher.h"

#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/data/writeback.h"
#include "fs/residency/evict.h"
#include "fs/residency/reclaim.h"
#include "util/clock.h"
#include "util/process.h"

#define FLUSH_AFTER (1 * NS_PER_S)
#define TICK (250 * NS_PER_MS)
#define TICK_IDLE (1 * NS_PER_S)

struct flusher {
	pthread_t thread;
};

/* news: something happened to the map since `seen`: what is to be reclaimed is looked for only then. */
static bool news(struct fs *fs, struct map_stats *seen)
{
	struct map_stats s;
	map_stats(fs->cfg.map, &s);
	bool same = s.applied == seen->applied && s.commits == seen->commits && s.block_bytes == seen->block_bytes;
	*seen = s;
	return !same;
}

/* sleep_for: `wait`, or a tick when a file was changed before the flusher said that it rests. */
static enum wake_reason sleep_for(struct fs *fs, int64_t wait)
{
	if (wait > TICK)
		wake_rest(&fs->flusher_wake);
	if (wait > TICK && changed_any(fs))
		wait = TICK;
	return wake_wait(&fs->flusher_wake, wait);
}

/* next_wait: after a look. A longer one each time that nothing happens. */
static int64_t next_wait(struct fs *fs, bool more, bool active, int64_t wait)
{
	if (more)
		return 0;
	return active || changed_any(fs) ? TICK : MIN(wait + TICK, TICK_IDLE);
}

static void *flusher(void *ctx)
{
	process_name_thread("flusher");
	struct fs *fs = ctx;
	struct map_stats seen = { 0 };
	int64_t wait = TICK;
	bool reclaiming = true;
	while (sleep_for(fs, wait) != WAKE_STOPPED) {
		writeback_older(fs, clock_mono() - FLUSH_AFTER, 0);
		nodes_sweep(fs);
		bool active = news(fs, &seen) || reclaiming;
		reclaiming = active && reclaim_run(fs);
		bool evicting = evict_run(fs);
		bool working = wait < TICK_IDLE;
		wait = next_wait(fs, reclaiming || evicting, active, wait);
		if (working && wait == TICK_IDLE)
			process_trim();
	}
	return NULL;
}

int flusher_open(struct fs *fs)
{
	struct flusher *f = calloc(1, sizeof(*f));
	if (!f)
		return ENOMEM;
	int err = pthread_create(&f->thread, NULL, flusher, fs);
	if (err) {
		free(f);
		return err;
	}
	fs->flusher = f;
	return 0;
}

void flusher_close(struct fs *fs)
{
	struct flusher *f = steal_ptr(fs->flusher);
	if (!f)
		return;
	wake_stop(&fs->flusher_wake);
	pthread_join(f->thread, NULL);
	free(f);
}
