/* SPDX-License-Identifier: MIT */
#include "fs/core/cache_size.h"

#include "fs/core/fs_state.h"

#include <string.h>
#include <sys/statvfs.h>

/* counted: blocks in the base and, about, those on their way into it: what waits there is dropped before it gets that
 * far. Records lie there too, so it is not taken for more than a part. */
static uint64_t counted(const struct cache_size *c, const struct map_stats *s)
{
	return s->block_bytes + MIN(s->memtable_bytes, c->limit / 2);
}

/* dropped_since: what the operations after `committed` have dropped. */
static uint64_t dropped_since(struct cache_size *c, uint64_t committed)
{
	uint64_t bytes = 0;
	guard(&c->lock);
	for (size_t i = 0; i < c->n; i++)
		bytes += c->drops[i].by > committed ? c->drops[i].bytes : 0;
	return bytes;
}

uint64_t cache_bytes(struct fs *fs, const struct map_stats *s)
{
	uint64_t all = counted(&fs->cache_size, s), dropped = dropped_since(&fs->cache_size, s->committed);
	return all - MIN(dropped, all);
}

bool cache_over(struct fs *fs)
{
	struct map_stats s;
	map_stats(fs->cfg.map, &s);
	return cache_bytes(fs, &s) > fs->cache_size.limit;
}

void cache_note_dropped(struct fs *fs, uint64_t bytes)
{
	struct map_stats s;
	struct cache_size *c = &fs->cache_size;
	map_stats(fs->cfg.map, &s);
	guard(&c->lock);
	size_t done = 0;
	while (done < c->n && c->drops[done].by <= s.committed)
		done++;
	c->n -= done;
	memmove(c->drops, c->drops + done, c->n * sizeof(*c->drops));
	if (c->n < CACHE_DROPS) {
		c->drops[c->n++] = (struct cache_drop){ s.applied, bytes };
		return;
	}
	c->drops[c->n - 1].bytes += bytes; /* more rounds than any commit takes: with the last of them */
	c->drops[c->n - 1].by = s.applied;
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

static void set_limit(struct fs *fs, uint64_t bytes)
{
	fs->cache_size.limit = bytes ? bytes : share_of_disk(fs);
}

int cache_size_open(struct fs *fs)
{
	set_limit(fs, fs->cfg.cache_limit);
	return pthread_mutex_init(&fs->cache_size.lock, NULL);
}

void cache_size_close(struct fs *fs)
{
	pthread_mutex_destroy(&fs->cache_size.lock);
}

void fs_set_cache_limit(struct fs *fs, uint64_t bytes)
{
	set_limit(fs, bytes);
	fs->pins_stale = true; /* the next round must look, whatever the last one found */
	wake_ask(&fs->flusher_wake);
}
