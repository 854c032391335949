/* SPDX-License-Identifier: MIT */
#include "sync/core/placed2.h"

#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/join/segment.h"
#include "vault/join/vault_key.h"
#include "vault/records/placed.h"

static void put_all(struct ops *o, struct id segment, const struct segment_facts *f)
{
	struct placed at = { .segment = segment };
	for (; at.index < f->blocks_n; at.index++) {
		cleanup(buf_free) struct buf v = BUF_INIT;
		const struct segment_block *b = &f->blocks[at.index];
		struct rkey key = key_id(REC_PLACED, id_from(b->hash.b));
		at.length = b->length;
		at.epoch = f->epochs[b->epoch].number;
		placed_encode(&at, &v);
		o->b.failed |= v.failed;
		ops_put(o, MAP_RECORDS, rkey_span(&key), buf_span(&v));
		at.offset += segment_sealed(b->length);
	}
}

err_t placed2_put(struct ops *o, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	struct vault_name name;
	if (vault_key_parse(key, &name) || name.kind != SHARED_SEGMENT)
		return ERR_OK;
	err_t e = record_decode(value, &r);
	const struct group_node *facts = e ? NULL : group_find(group_all(&r), 1);
	if (!e && facts && facts->class == GROUP_VALUE)
		e = segment_get_facts(facts->bytes, &f);
	if (!e)
		put_all(o, name.id, &f);
	return e == ERR_NOMEM ? e : ERR_OK;
}
