/* SPDX-License-Identifier: MIT */
#include "vault/objects/segment.h"

#include "crypto/random.h"
#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/objects/block.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP_FACTS = 1, GROUP_CONDEMNED = 2 };

/* -- what is packed ---------------------------------------------------------------------------------------------- */

struct short_epoch short_epoch_of(uint32_t number, struct hash id)
{
	struct short_epoch s = { .number = number };
	memcpy(s.id, id.b, sizeof(s.id));
	return s;
}

static int epoch_order(const void *pa, const void *pb)
{
	const struct short_epoch *a = pa, *b = pb;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return memcmp(a->id, b->id, sizeof(a->id));
}

/* collect: the epochs of the blocks, ascending, each once. */
static void collect(const struct packed_block *v, size_t n, struct segment_facts *f)
{
	for (size_t i = 0; i < n; i++)
		f->epochs[i] = v[i].epoch;
	qsort(f->epochs, n, sizeof(f->epochs[0]), epoch_order);
	for (size_t i = 0; i < n; i++)
		if (!f->epochs_n || epoch_order(&f->epochs[f->epochs_n - 1], &f->epochs[i]))
			f->epochs[f->epochs_n++] = f->epochs[i];
}

static uint32_t index_of(const struct segment_facts *f, const struct short_epoch *e)
{
	const struct short_epoch *at = bsearch(e, f->epochs, f->epochs_n, sizeof(*e), epoch_order);
	return (uint32_t)(at - f->epochs); /* it is one of these */
}

err_t segment_make(const struct packed_block *v, size_t n, struct segment_facts *ret)
{
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	cleanup(buf_free) struct buf held = BUF_INIT;
	if (!n || n > SEGMENT_BLOCKS_MAX)
		return ERR_INVAL;
	f.epochs = calloc(n, sizeof(*f.epochs));
	f.blocks = calloc(n, sizeof(*f.blocks));
	if (!f.epochs || !f.blocks)
		return ERR_NOMEM;
	f.epochs_cap = f.blocks_cap = n;
	collect(v, n, &f);
	for (; f.blocks_n < n; f.blocks_n++) {
		const struct packed_block *b = &v[f.blocks_n];
		f.blocks[f.blocks_n] = (struct segment_block){ b->hash, b->length, index_of(&f, &b->epoch) };
	}
	err_t e = crypto_random_id(&f.salt);
	if (!e)
		e = segment_put_facts(&held, &f); /* whether the format has it */
	if (e)
		return e;
	*ret = f;
	f = (struct segment_facts){ 0 };
	return ERR_OK;
}

/* -- records ----------------------------------------------------------------------------------------------------- */

err_t segment_put_record(const struct segment_facts *f, struct id *ret_id, struct buf *value)
{
	cleanup(buf_free) struct buf facts = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	struct id id;
	err_t e = segment_put_facts(&facts, f);
	if (!e)
		e = segment_id(buf_span(&facts), &id);
	if (e)
		return e;
	group_value(&r, GROUP_FACTS, STAMP_ZERO, buf_span(&facts));
	e = record_encode(&r, value);
	if (!e)
		*ret_id = id;
	return e;
}

void segment_free(struct segment *s)
{
	segment_facts_free(&s->facts);
}

/* read_facts: ERR_NOTFOUND: none that count. */
static err_t read_facts(struct nodes list, struct id id, struct segment_facts *ret)
{
	const struct group_node *g = group_find(list, GROUP_FACTS);
	struct id same;
	if (!g || g->class != GROUP_VALUE || stamp_cmp(g->stamp, STAMP_ZERO))
		return ERR_NOTFOUND;
	err_t e = segment_id(g->bytes, &same);
	if (!e && !id_eq(same, id))
		e = ERR_NOTFOUND;
	if (!e)
		e = segment_get_facts(g->bytes, ret);
	return e == ERR_DAMAGED ? ERR_NOTFOUND : e;
}

static void read_condemned(struct nodes list, struct segment *s)
{
	const struct group_node *g = group_find(list, GROUP_CONDEMNED);
	if (!g || g->class != GROUP_VALUE)
		return;
	struct rd r = RD(g->bytes);
	int64_t at = (int64_t)rd_u64(&r);
	s->condemned = rd_end(&r);
	s->condemned_at = s->condemned ? at : 0;
}

err_t segment_read(struct span value, struct id id, struct segment *ret)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct segment s = { 0 };
	err_t e = record_decode(value, &r);
	if (!e)
		e = read_facts(group_all(&r), id, &s.facts);
	if (e)
		return e;
	read_condemned(group_all(&r), &s);
	*ret = s;
	return ERR_OK;
}

/* -- where the blocks are ---------------------------------------------------------------------------------------- */

struct segment_place segment_place_of(const struct segment_facts *f, size_t i)
{
	struct segment_place p = { 0 };
	for (size_t k = 0; k < i && k < f->blocks_n; k++)
		p.offset += block_sealed(f->blocks[k].length);
	if (i < f->blocks_n)
		p.size = block_sealed(f->blocks[i].length);
	return p;
}

uint64_t segment_used(const struct segment_facts *f)
{
	return segment_place_of(f, f->blocks_n).offset;
}
