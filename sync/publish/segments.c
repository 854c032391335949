/* SPDX-License-Identifier: MIT */
#include "sync/publish/segments.h"

#include "sync/core/sync_struct.h"
#include "util/vec.h"
#include "vault/changeset/changeset.h"
#include "vault/join/vault_key.h"
#include "vault/objects/segment.h"
#include "vault/records/placed.h"

#define PACK_BLOCKS 2048       /* of one transaction: up to 256 MiB of data */
#define SEGMENT_AIM (8u << 20) /* a segment is closed before it grows over this */

struct packing { /* a block on its way into a segment */
	struct id id;
	struct pending_block block;
};
struct segments {
	struct sync *s;
	struct state st;      /* as it is when the transaction is durable */
	struct queue added;   /* segments of it */
	struct packing *list; /* in the order in which the blocks were sealed: mostly that of their files */
	size_t n, cap, done;  /* done: packed, or gone */
	size_t slice;         /* how many of the list the transaction took */
};
/* One segment while it is made. */
struct gathering {
	struct segment_facts facts;
	const struct packing *const *of; /* the blocks */
	struct id id;
	struct item item;
};

static void segments_free(struct segments *p)
{
	queue_free(&p->added);
	free(p->list);
}

static void gathering_free(struct gathering *g)
{
	segment_facts_free(&g->facts);
}

/* -- what waits -------------------------------------------------------------------------------------------------- */

static int collect(void *ctx, struct span key, struct span value)
{
	struct segments *p = ctx;
	struct pending_block b;
	if (key.len != 1 + ID_LEN || !value.p || pending_block_decode(value, &b)) {
		log_error(AREA_SYNC, "the queue entry of a block is damaged; the block stays here only");
		return 0;
	}
	if (!vec_room(p->list, p->n, 1, &p->cap))
		return ERR_NOMEM;
	p->list[p->n++] = (struct packing){ id_from((const uint8_t *)key.p + 1), b };
	return 0;
}

static int in_order(const void *pa, const void *pb)
{
	const struct packing *a = pa, *b = pb;
	if (a->block.order != b->block.order)
		return a->block.order < b->block.order ? -1 : 1;
	return id_cmp(a->id, b->id);
}

/* -- one segment ------------------------------------------------------------------------------------------------- */

/* epoch_of: by what is kept of a block that waits. */
static err_t epoch_of(const struct keyring *k, const struct pending_block *b, struct hash *ret)
{
	static const uint8_t alone[sizeof(b->epoch_id)];
	bool any = !memcmp(b->epoch_id, alone, sizeof(alone)), is = false;
	err_t e = ERR_OK;
	for (uint32_t i = keyring_from(k, b->epoch); !e && !is && keyring_number(k, i) == b->epoch; i++) {
		e = keyring_epoch_id(k, i, ret);
		is = any || !memcmp(b->epoch_id, ret->b, sizeof(b->epoch_id));
	}
	return e || is ? e : ERR_NOTFOUND;
}

/* gathering_say: facts of `n` blocks. */
static err_t gathering_say(struct gathering *g, const struct keyring *k, size_t n)
{
	cleanup_free struct packed_block *blocks = calloc(n, sizeof(*blocks));
	err_t e = blocks ? ERR_OK : ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++) {
		const struct pending_block *b = &g->of[i]->block;
		struct hash epoch;
		e = epoch_of(k, b, &epoch);
		if (!e)
			blocks[i] = (struct packed_block){ b->hash, b->length, short_epoch_of(b->epoch, epoch) };
	}
	return e ? e : segment_make(blocks, n, &g->facts);
}

/* put_record: SEGMENT, into the closed set. */
static err_t put_record(struct segments *p, struct map_txn *x, struct gathering *g)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct said *closed = p->s->at.changeset->closed;
	struct vault_name name = { .kind = SHARED_SEGMENT };
	err_t e = segment_put_record(&g->facts, &g->id, &value);
	if (e)
		return e;
	name.id = g->id;
	struct vault_key key = vault_key_of(&name);
	said_note(closed, vault_key_span(&key));
	return said_put_txn(closed, x, vault_key_span(&key), buf_span(&value));
}

/* put_block: its place, and that it is held until the commit is stored. Uses are counted only while it waits. */
static err_t put_block(struct map_txn *x, const struct placed *at, struct id block)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct rkey record = key_id(REC_PLACED, block), waits = key_queue(QUEUE_BLOCK, block),
	            held = key_queue(QUEUE_UPLOAD_PINNED, block), uses = key_id(REC_USES, block);
	placed_encode(at, &v);
	err_t e = buf_ok(&v);
	if (!e)
		e = map_txn_put(x, MAP_RECORDS, rkey_span(&record), buf_span(&v));
	if (!e)
		e = map_txn_put(x, MAP_QUEUE, rkey_span(&held), span_str("1"));
	if (!e)
		e = map_txn_del(x, MAP_RECORDS, rkey_span(&uses));
	return e ? e : map_txn_del(x, MAP_QUEUE, rkey_span(&waits));
}

static err_t put_blocks(struct map_txn *x, const struct gathering *g, struct buf *entry)
{
	const struct segment_facts *f = &g->facts;
	cleanup_free struct queue_block *places = calloc(f->blocks_n, sizeof(*places));
	struct placed at = { .segment = g->id };
	err_t e = places ? ERR_OK : ERR_NOMEM;
	for (size_t i = 0; !e && i < f->blocks_n; i++) {
		uint32_t sealed = segment_sealed(f->blocks[i].length);
		at.index = (uint32_t)i;
		at.length = f->blocks[i].length;
		at.epoch = f->epochs[f->blocks[i].epoch].number;
		places[i] = (struct queue_block){ g->of[i]->id, sealed, sealed };
		e = put_block(x, &at, g->of[i]->id);
		at.offset += sealed;
	}
	if (!e)
		segment_encode(segment_size(f), places, (uint32_t)f->blocks_n, entry);
	return e ? e : buf_ok(entry);
}

/* make_segment: of `n` blocks: its record, its places, its entry in the queue. */
static err_t make_segment(struct segments *p, struct map_txn *x, const struct packing *const *of, size_t n)
{
	cleanup(gathering_free) struct gathering g = { .of = of, .item = { .kind = QUEUE_SEGMENT } };
	cleanup(buf_free) struct buf entry = BUF_INIT;
	err_t e = gathering_say(&g, p->s->c.keyring, n);
	if (!e)
		e = put_record(p, x, &g);
	if (!e)
		e = put_blocks(x, &g, &entry);
	if (e)
		return e;
	g.item.size = segment_size(&g.facts);
	g.item.sequence = sequence_next(&p->st, CLASS_SEGMENT);
	name_id(g.id, g.item.name);
	if (!queue_reserve(&p->added, 1) || !queue_reserve(&p->s->queue, p->added.n + 1))
		return ERR_NOMEM; /* now, so that nothing fails once the map has it */
	queue_add(&p->added, &g.item);
	struct rkey queued = queue_key(QUEUE_SEGMENT, g.item.sequence, g.item.name);
	return map_txn_put(x, MAP_QUEUE, rkey_span(&queued), buf_span(&entry));
}

/* -- a transaction ----------------------------------------------------------------------------------------------- */

/* still_waits: those of the slice that did not vanish since they were listed. */
static err_t still_waits(struct segments *p, struct map_txn *x, const struct packing **out, size_t *n)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	for (size_t i = p->done; i < p->done + p->slice; i++) {
		struct rkey key = key_queue(QUEUE_BLOCK, p->list[i].id);
		err_t e = map_txn_get(x, MAP_QUEUE, rkey_span(&key), &v);
		if (e && e != ERR_NOTFOUND)
			return e;
		if (!e)
			out[(*n)++] = &p->list[i];
	}
	return ERR_OK;
}

/* fill: how many blocks the next segment takes. */
static size_t fill(const struct packing *const *of, size_t n)
{
	uint64_t used = 0;
	size_t i = 0;
	for (; i < n && i < SEGMENT_BLOCKS_MAX; i++) {
		used += segment_sealed(of[i]->block.length);
		if (i && used > SEGMENT_AIM)
			break;
	}
	return i;
}

static err_t slice_fn(struct map_txn *x, void *ctx)
{
	struct segments *p = ctx;
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup_free const struct packing **of = calloc(p->slice, sizeof(const struct packing *));
	size_t n = 0;
	err_t e = of ? still_waits(p, x, of, &n) : ERR_NOMEM;
	for (size_t i = 0, m; !e && i < n; i += m) {
		m = fill(of + i, n - i);
		e = make_segment(p, x, of + i, m);
	}
	if (e)
		return e;
	state_put(&o, &p->st);
	return ops_map_txn(&o, x);
}

static err_t pack_slice(struct segments *p)
{
	p->st = p->s->st;
	p->added.n = 0;
	p->slice = MIN(p->n - p->done, (size_t)PACK_BLOCKS);
	err_t e = map_transact(p->s->c.map, slice_fn, p);
	if (e)
		return e;
	p->done += p->slice;
	p->s->st = p->st;
	for (size_t i = 0; i < p->added.n; i++)
		queue_add(&p->s->queue, &p->added.items[i]);
	return ERR_OK;
}

err_t segments_pack(struct sync *s)
{
	static const uint8_t prefix = QUEUE_BLOCK;
	cleanup(segments_free) struct segments p = { .s = s };
	err_t e = map_scan(s->c.map, MAP_QUEUE, SPAN(&prefix, 1), SPAN(NULL, 0), collect, &p);
	if (p.n)
		qsort(p.list, p.n, sizeof(*p.list), in_order);
	while (!e && p.done < p.n)
		e = sync_stopping(s) ? ERR_CANCELED : pack_slice(&p);
	return e;
}
