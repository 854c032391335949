/* SPDX-License-Identifier: MIT
 * Packing of blocks into segments. A block that vanishes afterwards (its file was deleted) leaves its room in the
 * segment; its record is deleted by the next commit.
 */
#include "sync/publish/pack.h"

#include "util/padme.h"
#include "util/vec.h"
#include "vault/objects/block.h"

void pack_free(struct pack *p)
{
	queue_free(&p->added);
	free(p->list);
}

static int pack_collect(void *ctx, struct span key, struct span value)
{
	struct pack *p = ctx;
	struct pending_block b;
	if (key.len != 1 + ID_LEN || !value.p || pending_block_decode(value, &b)) {
		log_error(AREA_SYNC, "the queue entry of a block is damaged; the block stays here only");
		return 0;
	}
	if (!vec_room(p->list, p->n, 1, &p->cap))
		return ERR_NOMEM;
	struct packing *k = &p->list[p->n++];
	k->place.id = id_from((const uint8_t *)key.p + 1);
	k->place.sealed = block_sealed_size(b.length);
	k->place.stored = (uint32_t)padme(k->place.sealed);
	k->block = b;
	return 0;
}

static int pack_order(const void *pa, const void *pb)
{
	const struct packing *a = pa, *b = pb;
	if (a->block.order != b->block.order)
		return a->block.order < b->block.order ? -1 : 1;
	return id_cmp(a->place.id, b->place.id);
}

static void pack_sort(struct pack *p)
{
	if (p->n)
		qsort(p->list, p->n, sizeof(*p->list), pack_order);
}

static err_t pack_block(struct map_txn *x, const struct packing *k, struct id segment, uint64_t offset)
{
	const struct segment_place *sb = &k->place;
	const struct pending_block *b = &k->block;
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct rkey record = key_id(REC_BLOCK, sb->id), queued = key_queue(QUEUE_BLOCK, sb->id),
	            pinned = key_queue(QUEUE_UPLOAD_PINNED, sb->id);
	struct block_rec rec = { .length = b->length, .epoch = b->epoch, .offset = offset, .stored = sb->stored };
	rec.segment = segment;
	rec.hash = b->hash;
	block_rec_encode(&rec, &v);
	err_t e = buf_ok(&v);
	if (!e)
		e = map_txn_put(x, MAP_RECORDS, rkey_span(&record), buf_span(&v));
	if (!e)
		e = map_txn_put(x, MAP_QUEUE, rkey_span(&pinned), span_str("1"));
	if (!e)
		e = map_txn_del(x, MAP_QUEUE, rkey_span(&queued));
	return e;
}

/* pack_segment: blocks [from, to) become one segment of `used` bytes before padding. */
static err_t pack_segment(struct pack *p, struct map_txn *x, size_t from, size_t to, uint64_t used)
{
	cleanup(buf_free) struct buf rec = BUF_INIT, entry = BUF_INIT;
	struct id id;
	struct item it = { .kind = QUEUE_SEGMENT, .size = padme(used) };
	struct segment_rec sr = { .size = it.size, .blocks = (uint32_t)(to - from) };
	uint64_t offset = 0;
	cleanup_free struct segment_place *blocks = calloc(to - from, sizeof(*blocks));
	err_t e = blocks ? crypto_random_id(&id) : ERR_NOMEM;
	for (size_t i = from; !e && i < to; i++) {
		e = pack_block(x, &p->list[i], id, offset);
		blocks[i - from] = p->list[i].place;
		offset += p->list[i].place.stored;
	}
	if (e)
		return e;
	it.sequence = sequence_next(&p->st, CLASS_SEGMENT);
	name_id(id, it.name);
	sr.stream = p->s->c.stream;
	segment_rec_encode(&sr, &rec);
	segment_encode(it.size, blocks, sr.blocks, &entry);
	struct rkey record = key_id(REC_SEGMENT, id), queued = queue_key(QUEUE_SEGMENT, it.sequence, it.name);
	if (rec.failed || entry.failed || !queue_reserve(&p->added, 1) ||
	    !queue_reserve(&p->s->queue, p->added.n + 1)) /* so that nothing fails once the map has it */
		return ERR_NOMEM;
	queue_add(&p->added, &it);
	e = map_txn_put(x, MAP_RECORDS, rkey_span(&record), buf_span(&rec));
	return e ? e : map_txn_put(x, MAP_QUEUE, rkey_span(&queued), buf_span(&entry));
}

static err_t pack_slice(struct pack *p, struct map_txn *x, size_t from, size_t to)
{
	uint64_t used = 0;
	err_t e = ERR_OK;
	for (size_t i = from; !e && i < to; i++) {
		if (i > from && used + p->list[i].place.stored > SEGMENT_AIM) {
			e = pack_segment(p, x, from, i, used);
			from = i;
			used = 0;
		}
		used += p->list[i].place.stored;
	}
	return !e && to > from ? pack_segment(p, x, from, to, used) : e;
}

err_t pack_run(struct pack *p, struct map_txn *x)
{
	static const uint8_t prefix = QUEUE_BLOCK;
	p->n = 0;
	err_t e = map_txn_scan(x, MAP_QUEUE, SPAN(&prefix, 1), SPAN(NULL, 0), pack_collect, p);
	pack_sort(p);
	return e ? e : pack_slice(p, x, 0, p->n);
}

err_t pack_keep(struct pack *p)
{
	struct sync *s = p->s;
	s->st = p->st;
	if (!queue_reserve(&s->queue, p->added.n))
		return ERR_NOMEM;
	for (size_t i = 0; i < p->added.n; i++)
		queue_add(&s->queue, &p->added.items[i]);
	return ERR_OK;
}

/* pack_ahead_fn: the first PACK_BLOCKS of the list, less those that vanished since it was made. */
static err_t pack_ahead_fn(struct map_txn *x, uint64_t changeset, void *ctx)
{
	struct pack *p = ctx;
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf v = BUF_INIT;
	size_t n = 0, slice = MIN(p->n, (size_t)PACK_BLOCKS);
	(void)changeset;
	for (size_t i = 0; i < slice; i++) {
		struct rkey key = key_queue(QUEUE_BLOCK, p->list[i].place.id);
		err_t e = map_txn_get(x, MAP_QUEUE, rkey_span(&key), &v);
		if (e && e != ERR_NOTFOUND)
			return e;
		if (!e)
			p->list[n++] = p->list[i];
	}
	err_t e = pack_slice(p, x, 0, n);
	if (e)
		return e;
	state_put(&o, &p->st);
	return ops_map_txn(&o, x);
}

err_t pack_ahead(struct sync *s)
{
	static const uint8_t prefix = QUEUE_BLOCK;
	cleanup(pack_free) struct pack p = { .s = s, .st = s->st };
	err_t e = map_scan(s->c.map, MAP_QUEUE, SPAN(&prefix, 1), SPAN(NULL, 0), pack_collect, &p);
	pack_sort(&p);
	while (!e && p.n > PACK_BLOCKS && !sync_stopping(s)) {
		e = map_transact(s->c.map, pack_ahead_fn, &p);
		if (!e)
			e = pack_keep(&p);
		p.added.n = 0;
		p.n -= PACK_BLOCKS;
		memmove(p.list, p.list + PACK_BLOCKS, p.n * sizeof(*p.list));
	}
	return e;
}
