/* SPDX-License-Identifier: MIT
 * Final: every open stream's head stands on it or on a descendant. What is final leaves the undo journal and the list
 * of known commits; own commits that are also in a checkpoint leave the queue.
 */
#include "sync/history/finality.h"

#include "sync/core/sync_struct.h"
#include "sync/history/store_audit.h"

/* final_height: up to where everyone follows us; 0: nowhere yet. */
static uint64_t final_height(struct sync *s)
{
	uint64_t height = s->st.height;
	for (size_t i = 0; i < s->streams.n; i++) {
		const struct stream *st = &s->streams.list[i];
		if (st->closed || id_eq(st->id, s->c.stream))
			continue;
		const struct commit_record *tip = commits_find(s, st->head_tip);
		if (!tip || !(tip->applied || hash_eq(tip->hash, s->st.base)))
			return 0;
		height = MIN(height, tip->height);
	}
	for (size_t i = 0; i < s->commits.n; i++) {
		const struct commit_record *n = &s->commits.list[i];
		if (n->own && n->applied && n->n > s->st.confirmed)
			height = MIN(height, n->height - 1);
	}
	return height;
}

/* retained_find: a part of an own commit among what the queue retains. */
static const struct item *retained_find(const struct sync *s, const struct commit_record *n, uint32_t part)
{
	char name[OBJECT_NAME];
	if (name_commit(s->c.keyring, n->epoch, n->stream, n->n, part, name))
		return NULL;
	for (size_t i = 0; i < s->queue.n; i++) {
		const struct item *it = &s->queue.items[i];
		if (it->kind == QUEUE_RETAINED && strcmp(it->name, name) == 0)
			return it;
	}
	return NULL;
}

/* commit_goes: it lies below the new base; an own one only when a checkpoint holds it. */
static bool commit_goes(const struct sync *s, const struct commit_record *n, uint64_t height)
{
	uint64_t covered = s->st.announced.epoch && !s->st.announced_n ? s->st.announced.height : 0;
	return n->height < height && !(n->own && n->applied && n->height > covered);
}

/* finality_records: what leaves the map, and with an own commit its bytes. */
static void finality_records(const struct sync *s, uint64_t height, struct ops *o)
{
	for (size_t i = 0; i < s->commits.n; i++) {
		const struct commit_record *n = &s->commits.list[i];
		if (!commit_goes(s, n, height))
			continue;
		for (uint32_t part = 0; n->own && part < n->parts; part++) {
			const struct item *it = retained_find(s, n, part);
			if (!it)
				continue;
			struct rkey key = queue_key(QUEUE_RETAINED, it->sequence, it->name);
			ops_del(o, MAP_QUEUE, rkey_span(&key));
		}
		state_del_commit(o, n);
	}
}

/* finality_memory: the same leaves memory, once it has left the map. */
static void finality_memory(struct sync *s, uint64_t height)
{
	for (size_t i = 0; i < s->commits.n;) {
		const struct commit_record n = s->commits.list[i];
		if (!commit_goes(s, &n, height)) {
			i++;
			continue;
		}
		for (uint32_t part = 0; n.own && part < n.parts; part++) {
			const struct item *it = retained_find(s, &n, part);
			if (it)
				queue_remove(&s->queue, it->sequence);
		}
		commits_remove(s, n.hash);
	}
}

static err_t finality_to(struct sync *s, const struct commit_record *last)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	bool forget = last->changeset > s->st.forgotten;
	next.forgotten = MAX(next.forgotten, last->changeset);
	next.base = last->hash;
	store_audit_note(s, last->height, &o);
	finality_records(s, last->height, &o);
	if (o.b.len == 0 && !forget)
		return ERR_OK;
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	store_audit_note(s, last->height, NULL);
	s->st = next;
	finality_memory(s, last->height);
	return forget ? map_forget(s->c.map, next.forgotten) : ERR_OK;
}

/* journal_cap: over its size, confirmed changesets go, oldest first, although not everyone has applied them. */
static err_t journal_cap(struct sync *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->commits.n && map_undo_bytes(s->c.map) > JOURNAL_MAX; i++) {
		const struct commit_record *n = &s->commits.list[i];
		cleanup(ops_free) struct ops o = OPS_INIT;
		struct state next = s->st;
		if (!n->applied || n->changeset <= s->st.forgotten || (n->own && n->n > s->st.confirmed))
			continue;
		next.forgotten = n->changeset;
		state_put(&o, &next);
		e = ops_commit(&o, s->c.map);
		if (e)
			return e;
		s->st = next;
		e = map_forget(s->c.map, next.forgotten);
	}
	return e;
}

err_t finality_run(struct sync *s)
{
	uint64_t height = final_height(s);
	s->finality_n = s->st.n;
	for (size_t i = 0; i < s->commits.n; i++) {
		const struct commit_record n = s->commits.list[i];
		if (n.applied && n.height == height && height > 0) {
			err_t e = finality_to(s, &n);
			if (e)
				return e;
			break;
		}
	}
	return journal_cap(s);
}
