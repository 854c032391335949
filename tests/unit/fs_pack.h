/* SPDX-License-Identifier: MIT
 * Publishing in format 2 without the sync engine: the changeset is closed, every pending block goes into a segment,
 * what is closed is published.
 */
#pragma once

#include "cache/map.h"
#include "remote/store.h"
#include "tests/fs_fake.h"
#include "vault/changeset/close.h"
#include "vault/changeset/publish.h"
#include "vault/join/content.h"
#include "vault/join/group_decode.h"
#include "vault/join/segment.h"
#include "vault/join/vault_key.h"
#include "vault/objects/name.h"
#include "vault/objects/segment.h"
#include "vault/records/placed.h"

#define PACK_BLOCKS 32 /* of a segment */

/* add_window: the blocks of a window, in order. */
static inline err_t pack_window(void *ctx, struct span key, struct span value)
{
	struct record rec = RECORD_INIT;
	struct window_extents w = { 0 };
	(void)key;
	err_t e = record_decode(value, &rec);
	if (!e)
		e = content_get_extents(group_find(group_all(&rec), 1)->bytes, &w);
	for (size_t i = 0; !e && i < w.n; i++)
		buf_id(ctx, w.v[i].block);
	record_free(&rec);
	window_extents_free(&w);
	return e;
}

static inline int pack_queued(void *ctx, struct span key, struct span value)
{
	(void)value;
	buf_id(ctx, id_from((const uint8_t *)key.p + 1));
	return 0;
}

/* pack_order: pending blocks: those of contents in the order of their files, then all; some of them twice. */
static inline err_t pack_order(struct map *m, struct work *w, struct buf *out)
{
	uint8_t kind = SHARED_EXTENTS, queue = QUEUE_BLOCK;
	const struct view *v = work_view(w);
	err_t e = v->scan(v->ctx, SPAN(&kind, 1), SPAN(NULL, 0), pack_window, out);
	return e ? e : map_scan(m, MAP_QUEUE, SPAN(&queue, 1), SPAN(&queue, 1), pack_queued, out);
}

struct pack { /* one segment */
	struct id ids[PACK_BLOCKS];
	struct packed_block v[PACK_BLOCKS];
	size_t n;
	struct buf body;
};

/* pack_add: unless it waits no more, or is in this segment already. */
static inline err_t pack_add(struct map *m, struct pack *p, struct id id)
{
	struct buf b = BUF_INIT;
	struct rkey q = key_queue(QUEUE_BLOCK, id);
	struct pending_block pend;
	for (size_t i = 0; i < p->n; i++)
		if (id_eq(p->ids[i], id))
			return ERR_OK;
	err_t e = map_get(m, MAP_QUEUE, rkey_span(&q), &b);
	if (!e)
		e = pending_block_decode(buf_span(&b), &pend);
	if (!e)
		e = map_get(m, MAP_BLOCK, id_span(&id), &b);
	if (!e) {
		p->ids[p->n] = id;
		p->v[p->n++] = (struct packed_block){ pend.hash, pend.length, { pend.epoch, { 1 } } };
		buf_put(&p->body, b.p, b.len);
	}
	buf_free(&b);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static inline void pack_place(struct batch *b, const struct pack *p, struct id segment, const struct segment_facts *f)
{
	for (uint32_t i = 0; i < p->n; i++) {
		struct buf value = BUF_INIT;
		struct rkey placed = key_id(REC_PLACED, p->ids[i]), uses = key_id(REC_USES, p->ids[i]),
		            queue = key_queue(QUEUE_BLOCK, p->ids[i]);
		struct placed at = { segment, i, (uint32_t)segment_place_of(f, i).offset, p->v[i].length,
			             p->v[i].epoch.number };
		placed_encode(&at, &value);
		batch_put(b, MAP_RECORDS, rkey_span(&placed), buf_span(&value));
		batch_del(b, MAP_RECORDS, rkey_span(&uses));
		batch_del(b, MAP_QUEUE, rkey_span(&queue));
		buf_free(&value);
	}
}

/* pack_put: the segment, on the store and in the records. */
static inline err_t pack_put(struct map *m, struct store *store, struct pack *p)
{
	struct segment_facts f = { 0 };
	struct buf value = BUF_INIT;
	struct id segment;
	char name[OBJECT_NAME];
	struct batch *b = batch_new();
	err_t e = p->n ? segment_make(p->v, p->n, &f) : ERR_CANCELED;
	if (!e)
		e = segment_put_record(&f, &segment, &value);
	if (!e) {
		struct vault_name key = { .kind = SHARED_SEGMENT };
		key.id = segment;
		struct vault_key k = vault_key_of(&key);
		batch_put(b, MAP_RECORDS, vault_key_span(&k), buf_span(&value));
		pack_place(b, p, segment, &f);
		size_t rest = segment_size(&f) - p->body.len;
		memset(buf_extend(&p->body, rest), 0, rest);
		name_id(segment, name);
		e = store_put_sync(store, name, buf_span(&p->body));
	}
	if (!e)
		e = map_apply(m, b);
	segment_facts_free(&f);
	buf_free(&value);
	buf_free(&p->body);
	batch_freep(&b);
	return e == ERR_CANCELED ? ERR_OK : e;
}

static inline err_t pack_all(struct map *m, struct work *w, struct store *store)
{
	struct buf ids = BUF_INIT;
	struct pack *p = calloc(1, sizeof(*p));
	err_t e = pack_order(m, w, &ids);
	for (size_t i = 0; !e && i < ids.len; i += ID_LEN) {
		e = pack_add(m, p, id_from(ids.p + i));
		if (!e && p->n == PACK_BLOCKS) {
			e = pack_put(m, store, p);
			*p = (struct pack){ .n = 0 };
		}
	}
	if (!e)
		e = pack_put(m, store, p);
	buf_free(&ids);
	free(p);
	return e;
}

static inline err_t pack_publish(struct map *m, struct work *w, struct store *store)
{
	struct changeset *c = work_changeset(w);
	err_t e = changeset_close(c, work_closing(w));
	if (e == ERR_NOTFOUND)
		e = ERR_OK;
	if (!e)
		e = pack_all(m, w, store);
	while (!e)
		e = changeset_publish(c, PUBLISH_PART, NULL);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}
