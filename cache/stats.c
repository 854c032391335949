/* SPDX-License-Identifier: MIT
 * Figures of the map.
 */
#include "cache/stats.h"

#include "cache/map_struct.h"
#include "cache/room.h"
#include "util/cleanup.h"

void map_stats(struct map *m, struct map_stats *ret)
{
	uint64_t base_bytes = m->base->ops->bytes(m->base);
	guard(&m->lock);
	*ret = (struct map_stats){
		.memtable_bytes = layers_bytes(&m->layers),
		.base_bytes = base_bytes,
		.block_bytes = m->published.block_bytes,
		.blocks = m->published.blocks,
		.commits = m->counts.commits,
		.log_syncs = m->counts.wal_syncs,
		.applied = m->layers.visible,
		.committed = m->published.seq,
		.failed = m->failed,
	};
}

uint64_t map_version(struct map *m)
{
	guard(&m->lock);
	return m->layers.visible + m->published.version; /* neither ever falls */
}

void map_space(struct map *m, struct map_space *ret)
{
	guard(&m->apply_lock);
	room_space(m, ret);
}

static struct map_layer_stats layer(const struct memtable *t)
{
	if (!t)
		return (struct map_layer_stats){ 0 };
	return (struct map_layer_stats){ memtable_bytes(t), memtable_ops(t) };
}

void map_debug(struct map *m, struct map_debug *ret)
{
	guard(&m->lock);
	*ret = (struct map_debug){
		.memtable = layer(m->layers.memtable),
		.immutable = layer(m->layers.immutable),
		.immutable_waits = m->layers.immutable != NULL,
		.commits = m->counts.commits,
		.wal_syncs = m->counts.wal_syncs,
		.wal_pass = m->counts.wal.pass,
		.wal_used = m->counts.wal.used,
		.wal_size = m->counts.wal.size,
		.freezes = m->counts.freezes,
		.longest_freeze = m->counts.longest_freeze,
		.full = m->full,
	};
}
