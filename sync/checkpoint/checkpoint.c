/* SPDX-License-Identifier: MIT */
#include "sync/checkpoint/checkpoint.h"

#include "sync/core/sync_struct.h"

err_t checkpoint_drop(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	if (!s->st.building)
		return ERR_OK;
	for (size_t i = 0; i < s->queue.n; i++) {
		const struct item *it = &s->queue.items[i];
		if (it->kind != QUEUE_OBJECT || it->sequence < s->st.building)
			continue;
		struct rkey key = queue_key(QUEUE_OBJECT, it->sequence, it->name);
		ops_del(&o, MAP_QUEUE, rkey_span(&key));
	}
	next.building = 0;
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	while (s->queue.n && s->queue.items[s->queue.n - 1].sequence >= s->st.building)
		s->queue.n--;
	s->st = next;
	return ERR_OK;
}
