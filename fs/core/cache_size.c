/* SPDX-License-Identifier: MIT */
#include "fs/core/cache_size.h"

#include "fs/core/fs_state.h"

#include <sys/statvfs.h>

/* counted: blocks in the base and, about, those on their way into it: what waits there is dropped before it gets that
 * far. Records lie there too, so it is not taken for more than a part. */
static uint64_t counted(const struct cache_size *c, const struct map_stats *s)
{
	return s->block_bytes + MIN(s->memtable_bytes, c->limit / 2);
}

uint64_t cache_bytes(struct fs *fs, const struct map_stats *s)
{
	const struct cache_size *c = &fs->cache_size;
	uint64_t all = counted(c, s), dropped = s->committed < c->dropped_by ? c->dropped : 0;
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
	if (s.committed >= c->dropped_by)
		c->dropped = 0; /* those of before are in the base */
	c->dropped += bytes;
	c->dropped_by = s.applied;
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

void cache_size_open(struct fs *fs)
{
	set_limit(fs, fs->cfg.cache_limit);
}

void fs_set_cache_limit(struct fs *fs, uint64_t bytes)
{
	set_limit(fs, bytes);
	fs->pins_stale = true; /* the next round must look, whatever the last one found */
	wake_ask(&fs->flusher_wake);
}
