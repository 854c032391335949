/* SPDX-License-Identifier: MIT
 * Linking a batch into the memtable: all of its ops at the next numbers, or none.
 */
#include "cache/link.h"

#include "cache/batch_struct.h"
#include "cache/map_struct.h"
#include "util/cleanup.h"

err_t map_link(struct map *m, struct batch *b)
{
	cleanup_free struct mem_op **ops = b->count ? reallocarray(NULL, b->count, sizeof(struct mem_op *)) : NULL;
	if (b->count && !ops)
		return ERR_NOMEM;
	for (size_t i = 0; i < b->count; i++) {
		struct batch_op *o = &b->ops[i];
		ops[i] = o->value
		                 ? memtable_adopt(m->layers.memtable, o->table, batch_key(b, o), o->value, o->value_len)
		                 : memtable_prepare(m->layers.memtable, o->table, batch_key(b, o), batch_value(b, o),
		                                    o->del);
		if (!ops[i])
			return ERR_NOMEM; /* what was prepared is unseen arena memory */
	}
	uint64_t seq = m->layers.visible; /* only this side changes it */
	for (size_t i = 0; i < b->count; i++) {
		memtable_link(m->layers.memtable, ops[i], ++seq);
		b->ops[i].value = NULL;
	}
	guard(&m->lock);
	bool first = m->layers.visible == m->published.seq;
	m->layers.visible = seq;
	if (!m->committer.woken && memtable_bytes(m->layers.memtable) >= m->limits.memtable_max / 2)
		m->committer.woken = first = true;
	if (first)
		pthread_cond_signal(&m->committer.wake);
	batch_clear(b);
	return ERR_OK;
}
