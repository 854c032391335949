/* SPDX-License-Identifier: MIT
 * Figures of the map.
 */
#include "cache/stats.h"

#include "cache/map_struct.h"
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
