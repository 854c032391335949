/* SPDX-License-Identifier: MIT
 * Final: every open stream's head stands on it or on a descendant. What is final leaves the undo journal and the list
 * of known commits; own commits that are also in a checkpoint leave the queue.
 */
#include "sync/internal.h"

/* final_height: up to where everyone follows us; 0: nowhere yet. */
static uint64_t final_height(struct sync *s)
{
	uint64_t height = s->st.height;
	for (size_t i = 0; i < s->nstreams; i++) {
		const struct stream *st = &s->streams[i];
		if (st->closed || memcmp(st->id, s->c.stream, ID_LEN) == 0)
			continue;
		const struct node *tip = nodes_find(s, st->head_tip);
		if (!tip || !(tip->applied || memcmp(tip->hash, s->st.base, HASH_LEN) == 0))
			return 0;
		height = MIN(height, tip->height);
	}
	for (size_t i = 0; i < s->nnodes; i++) {
		const struct node *n = &s->nodes[i];
		if (n->own && n->applied && n->n > s->st.confirmed)
			height = MIN(height, n->height - 1);
	}
	return height;
}

/* drop_kept: the bytes of an own commit are not needed any more. */
static void drop_kept(struct sync *s, const struct node *n, struct ops *o)
{
	for (uint32_t part = 0; part < n->parts; part++) {
		char name[OBJECT_NAME];
		if (name_commit(s->c.ring, n->epoch, n->stream, n->n, part, name))
			return;
		for (size_t i = 0; i < s->queue.n; i++) {
			struct item it = s->queue.items[i];
			if (it.kind != QUEUE_KEPT || strcmp(it.name, name) != 0)
				continue;
			struct rkey key = queue_key(QUEUE_KEPT, it.sequence, it.name);
			ops_del(o, MAP_QUEUE, rkey_span(&key));
			queue_remove(&s->queue, it.sequence);
			break;
		}
	}
}

/* finality_nodes: commits below the new base are forgotten, own ones only when a checkpoint holds them. */
static void finality_nodes(struct sync *s, uint64_t height, struct ops *o)
{
	uint64_t covered = s->st.announced.epoch && !s->st.announced_n ? s->st.announced.height : 0;
	for (size_t i = 0; i < s->nnodes;) {
		struct node n = s->nodes[i];
		if (n.height >= height || (n.own && n.applied && n.height > covered)) {
			i++;
			continue;
		}
		if (n.own)
			drop_kept(s, &n, o);
		state_del_node(o, &n);
		nodes_remove(s, n.hash);
	}
}

static err_t finality_to(struct sync *s, const struct node *last)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	uint64_t height = last->height;
	next.forgotten = MAX(next.forgotten, last->entry);
	memcpy(next.base, last->hash, HASH_LEN);
	standing_note(s, height, &o);
	finality_nodes(s, height, &o);
	if (o.b.len == 0 && next.forgotten == s->st.forgotten)
		return ERR_OK;
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (!e && next.forgotten > s->st.forgotten)
		e = map_forget(s->c.map, next.forgotten);
	if (!e)
		s->st = next;
	return e;
}

/* journal_cap: over its size, confirmed entries go, oldest first, although not everyone has applied them. */
static err_t journal_cap(struct sync *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->nnodes && map_undo_bytes(s->c.map) > JOURNAL_MAX; i++) {
		const struct node *n = &s->nodes[i];
		cleanup(ops_free) struct ops o = OPS_INIT;
		struct state next = s->st;
		if (!n->applied || n->entry <= s->st.forgotten || (n->own && n->n > s->st.confirmed))
			continue;
		next.forgotten = n->entry;
		state_put(&o, &next);
		e = ops_commit(&o, s->c.map);
		if (!e)
			e = map_forget(s->c.map, next.forgotten);
		if (!e)
			s->st = next;
	}
	return e;
}

err_t finality_run(struct sync *s)
{
	uint64_t height = final_height(s);
	s->finality_n = s->st.n;
	for (size_t i = 0; i < s->nnodes; i++) {
		const struct node n = s->nodes[i];
		if (n.applied && n.height == height && height > 0) {
			err_t e = finality_to(s, &n);
			if (e)
				return e;
			break;
		}
	}
	return journal_cap(s);
}
