/* SPDX-License-Identifier: MIT */
#include "sync/core/placed.h"

#include "sync/core/stored.h"
#include "util/cleanup.h"
#include "vault/join/vault_key.h"
#include "vault/objects/segment.h"
#include "vault/records/placed.h"

void placing_free(struct placing *p)
{
	ino_set_free(&p->begun);
}

/* begins: whether that is the first place of the block. */
static err_t begins(struct placing *p, struct id block, struct id segment, bool *ret)
{
	cleanup(buf_free) struct buf was = BUF_INIT;
	struct rkey key = key_id(REC_PLACED, block);
	struct rd r = RD(id_span(&block));
	uint64_t number = rd_u64(&r) | 1; /* a set of what is not 0 */
	struct placed at;
	bool now = ino_set_has(&p->begun, number);
	err_t e = now ? ERR_OK : map_get(p->map, MAP_RECORDS, rkey_span(&key), &was);
	ino_set_add(&p->begun, number);
	bool other = now || (!e && placed_decode(buf_span(&was), &at) == ERR_OK && !id_eq(at.segment, segment));
	*ret = !other;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t put_one(struct placing *p, struct ops *o, struct id block, const struct placed *at)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	bool first = false;
	err_t e = begins(p, block, at->segment, &first);
	struct rkey key = first ? key_id(REC_PLACED, block) : key_placed(block, at->segment);
	placed_encode(at, &v);
	o->b.failed |= v.failed;
	ops_put(o, MAP_RECORDS, rkey_span(&key), buf_span(&v));
	return e;
}

static err_t put_all(struct placing *p, struct ops *o, struct id segment, const struct segment_facts *f)
{
	struct placed at = { .segment = segment };
	err_t e = ERR_OK;
	for (; !e && at.index < f->blocks_n; at.index++) {
		const struct segment_block *b = &f->blocks[at.index];
		at.length = b->length;
		at.epoch = f->epochs[b->epoch].number;
		e = put_one(p, o, id_from(b->hash.b), &at);
		at.offset += segment_sealed(b->length);
	}
	return e;
}

err_t placed_put(struct placing *p, struct ops *o, struct span key, struct span value)
{
	cleanup(segment_free) struct segment segment = { 0 };
	struct vault_name name;
	if (vault_key_parse(key, &name) || name.kind != SHARED_SEGMENT)
		return ERR_OK;
	err_t e = segment_read(value, name.id, &segment);
	if (e)
		return e == ERR_NOMEM || e == ERR_CRYPTO ? e : ERR_OK;
	e = put_all(p, o, name.id, &segment.facts);
	struct stored known = { .segment = name.id, .size = segment_size(&segment.facts) };
	return e ? e : stored_new(p->map, o, &known);
}
