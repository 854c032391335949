/* SPDX-License-Identifier: MIT */
#include "sync/fetch/block_where.h"

#include "util/cleanup.h"
#include "vault/changeset/said.h"
#include "vault/join/group_decode.h"
#include "vault/join/vault_key.h"
#include "vault/records/placed.h"

/* segment_record: published, or in one of the sets: it is said between the packing and the end of publishing. */
static err_t segment_record(struct map *m, struct id segment, struct buf *out)
{
	static const uint8_t sets[] = { SAID_A, SAID_B };
	struct vault_name name = { .kind = SHARED_SEGMENT };
	name.id = segment;
	struct vault_key key = vault_key_of(&name);
	err_t e = map_get(m, MAP_RECORDS, vault_key_span(&key), out);
	for (size_t i = 0; e == ERR_NOTFOUND && i < ARRAY_LEN(sets); i++) {
		struct rkey said = key_bytes(sets[i], vault_key_span(&key));
		e = map_get(m, MAP_RECORDS, rkey_span(&said), out);
	}
	if (e == ERR_NOTFOUND) /* it may have been published between the two */
		e = map_get(m, MAP_RECORDS, vault_key_span(&key), out);
	return e;
}

err_t block_where_facts(struct map *m, struct id segment, struct segment_facts *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = segment_record(m, segment, &b);
	if (!e)
		e = record_decode(buf_span(&b), &r);
	if (e)
		return e;
	const struct group_node *facts = group_find(group_all(&r), 1);
	return facts && facts->class == GROUP_VALUE ? segment_get_facts(facts->bytes, ret) : ERR_DAMAGED;
}

struct nth { /* of the places of a block: the first known one, then the others */
	unsigned left;
	struct buf value;
};

static void nth_free(struct nth *n)
{
	buf_free(&n->value);
}

static int nth_visit(void *ctx, struct span key, struct span value)
{
	struct nth *n = ctx;
	(void)key;
	if (n->left--)
		return 0;
	buf_put(&n->value, value.p, value.len);
	return n->value.failed ? ERR_NOMEM : MAP_STOP;
}

static err_t placed_nth(struct map *m, struct id block, unsigned nth, struct placed *ret)
{
	cleanup(nth_free) struct nth n = { nth, BUF_INIT };
	struct rkey k = key_id(REC_PLACED, block);
	err_t e = map_scan(m, MAP_RECORDS, rkey_span(&k), SPAN(NULL, 0), nth_visit, &n);
	if (!e && !n.value.len)
		e = ERR_NOTFOUND;
	return e ? e : placed_decode(buf_span(&n.value), ret);
}

err_t block_where_next(struct map *m, struct id block, unsigned nth, struct block_where *ret)
{
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	struct placed p;
	err_t e = placed_nth(m, block, nth, &p);
	if (!e)
		e = block_where_facts(m, p.segment, &f);
	if (e)
		return e;
	if (p.index >= f.blocks_n || !id_eq(id_from(f.blocks[p.index].hash.b), block))
		return ERR_DAMAGED;
	struct block_where w = { .sealed = segment_sealed(p.length), .object = segment_size(&f), .placed = p };
	w.rec = (struct block_rec){ .length = p.length, .epoch = p.epoch, .offset = p.offset, .stored = w.sealed };
	w.rec.segment = p.segment;
	w.rec.hash = f.blocks[p.index].hash;
	if (w.rec.offset + w.sealed > w.object)
		return ERR_DAMAGED;
	*ret = w;
	return ERR_OK;
}

err_t block_where(struct map *m, struct id block, struct block_where *ret)
{
	return block_where_next(m, block, 0, ret);
}

err_t block_where_proved(struct map *m, struct id block, const struct block_where *at, struct batch *b)
{
	cleanup(buf_free) struct buf was = BUF_INIT, is = BUF_INIT;
	struct rkey first = key_id(REC_PLACED, block), further = key_placed(block, at->placed.segment);
	struct placed before;
	err_t e = map_get(m, MAP_RECORDS, rkey_span(&first), &was);
	if (e && e != ERR_NOTFOUND)
		return e;
	bool known = !e && placed_decode(buf_span(&was), &before) == ERR_OK;
	if (known && id_eq(before.segment, at->placed.segment))
		return ERR_OK;
	batch_del(b, MAP_RECORDS, rkey_span(&further));
	if (known) {
		struct rkey other = key_placed(block, before.segment);
		batch_put(b, MAP_RECORDS, rkey_span(&other), buf_span(&was));
	}
	placed_encode(&at->placed, &is);
	e = buf_ok(&is);
	if (!e)
		batch_put(b, MAP_RECORDS, rkey_span(&first), buf_span(&is));
	return e;
}

bool block_where_known(struct map *m, struct id block)
{
	struct rkey k = key_id(REC_PLACED, block);
	return map_has(m, MAP_RECORDS, rkey_span(&k)) != ERR_NOTFOUND;
}
