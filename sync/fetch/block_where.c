/* SPDX-License-Identifier: MIT */
#include "sync/fetch/block_where.h"

#include "util/cleanup.h"
#include "vault/changeset/said.h"
#include "vault/join/group_decode.h"
#include "vault/join/segment.h"
#include "vault/join/vault_key.h"
#include "vault/objects/block.h"
#include "vault/records/placed.h"

static err_t where_1(struct map *m, struct id block, struct block_where *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_id(REC_BLOCK, block);
	struct block_where w = { .object = 0 };
	err_t e = map_get(m, MAP_RECORDS, rkey_span(&k), &b);
	if (!e)
		e = block_rec_decode(buf_span(&b), &w.rec);
	if (e)
		return e;
	w.sealed = block_sealed_size(w.rec.length);
	if (w.rec.stored < w.sealed)
		return ERR_DAMAGED;
	*ret = w;
	return ERR_OK;
}

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

static err_t segment_facts_of(struct map *m, struct id segment, struct segment_facts *ret)
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

static err_t where_2(struct map *m, struct id block, struct block_where *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	struct rkey k = key_id(REC_PLACED, block);
	struct placed p;
	err_t e = map_get(m, MAP_RECORDS, rkey_span(&k), &b);
	if (!e)
		e = placed_decode(buf_span(&b), &p);
	if (!e)
		e = segment_facts_of(m, p.segment, &f);
	if (e)
		return e;
	if (p.index >= f.blocks_n || !id_eq(id_from(f.blocks[p.index].hash.b), block))
		return ERR_DAMAGED;
	struct block_where w = { .sealed = segment_sealed(p.length), .object = segment_size(&f) };
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
	err_t e = where_1(m, block, ret);
	return e == ERR_NOTFOUND ? where_2(m, block, ret) : e;
}

bool block_where_known(struct map *m, struct id block)
{
	struct rkey one = key_id(REC_BLOCK, block), two = key_id(REC_PLACED, block);
	return map_has(m, MAP_RECORDS, rkey_span(&one)) != ERR_NOTFOUND ||
	       map_has(m, MAP_RECORDS, rkey_span(&two)) != ERR_NOTFOUND;
}
