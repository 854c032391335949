/* SPDX-License-Identifier: MIT */
#include "sync/publish/contents_mend.h"

#include "sync/core/stored.h"
#include "sync/core/sync_struct.h"
#include "sync/fetch/block_where.h"
#include "vault/objects/block.h"
#include "vault/objects/segment.h"

struct mending {
	struct sync *s;
	struct id id;
	struct segment_facts facts;
	struct buf there, body; /* what the store has; what it should have */
	size_t added, missing;
	bool untaken; /* what is here: the store has no room for it, or does not show it */
	bool found;   /* a block was there, or is here */
	bool cut;     /* what is there is not of its size */
};

static void mending_free(struct mending *m)
{
	segment_facts_free(&m->facts);
	buf_free(&m->there);
	buf_free(&m->body);
}

/* elsewhere: another segment that is not lost lists the block; or nothing names it any more. */
static err_t elsewhere(struct mending *m, struct id block, bool *ret)
{
	struct block_where at;
	err_t e = ERR_OK;
	*ret = !block_where_known(m->s->c.map, block);
	for (unsigned nth = 0; !e && !*ret; nth++) {
		struct stored x = { .lost = false };
		e = block_where_next(m->s->c.map, block, nth, &at);
		if (e || id_eq(at.rec.segment, m->id))
			continue;
		e = stored_get(m->s->c.map, at.rec.segment, &x);
		*ret = !e && !x.lost;
		if (e == ERR_NOTFOUND || e == ERR_DAMAGED || e == ERR_VERSION)
			e = ERR_OK;
	}
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* from_here: its sealed bytes, checked. */
static err_t from_here(struct mending *m, const struct segment_block *b, uint8_t *to, bool *ret)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct id block = block_id(b->hash);
	err_t e = map_get(m->s->c.map, MAP_BLOCK, id_span(&block), &v);
	if (e)
		return e == ERR_NOTFOUND || e == ERR_DAMAGED ? ERR_OK : e;
	*ret = block_check(buf_span(&v), b->length, b->hash) == ERR_OK;
	if (*ret)
		memcpy(to, v.p, v.len);
	return ERR_OK;
}

static err_t one_block(struct mending *m, size_t i)
{
	const struct segment_block *b = &m->facts.blocks[i];
	struct segment_place at = segment_place_of(&m->facts, i);
	bool here = false, needless = false;
	uint64_t end = at.offset + at.size;
	if (end <= m->there.len && !block_check(SPAN(m->there.p + at.offset, at.size), b->length, b->hash)) {
		memcpy(m->body.p + at.offset, m->there.p + at.offset, at.size);
		m->found = true;
		return ERR_OK;
	}
	err_t e = from_here(m, b, m->body.p + at.offset, &here);
	if (!e && !here)
		e = elsewhere(m, block_id(b->hash), &needless);
	m->found |= here;
	m->added += here;
	m->missing += !e && !here && !needless;
	return e;
}

/* gather: what is there, and room for what should be. */
static err_t gather(struct mending *m)
{
	char name[OBJECT_NAME];
	err_t e = block_where_facts(m->s->c.map, m->id, &m->facts);
	if (e)
		return e;
	const uint64_t size = segment_size(&m->facts);
	name_id(m->id, name);
	e = store_get_sync(m->s->c.store, name, 0, 0, size, &m->there);
	if (e == ERR_NOTFOUND || sync_unproved(e)) {
		buf_clear(&m->there);
		e = ERR_OK;
	}
	m->cut = m->there.len != size;
	if (!e && !buf_extend(&m->body, size))
		e = ERR_NOMEM;
	return e ? e : crypto_random(m->body.p, size);
}

/* is_there: what was just PUT, `len` bytes: only what is seen counts. */
static bool is_there(const struct mending *m, const char *name, size_t len)
{
	cleanup(buf_free) struct buf byte = BUF_INIT;
	return store_get_sync(m->s->c.store, name, len - 1, 1, 1, &byte) == ERR_OK;
}

static err_t put(struct mending *m)
{
	char name[OBJECT_NAME];
	name_id(m->id, name);
	const size_t len = m->body.len - (m->missing != 0);
	err_t e = store_put_sync(m->s->c.store, name, SPAN(m->body.p, len));
	m->untaken = asked_untaken(e);
	if (m->untaken) /* it stays lost, and hinders nothing else */
		return ERR_OK;
	m->untaken = !e && !is_there(m, name, len);
	if (!e && !m->missing && !m->untaken)
		sync_alarm(m->s, &(struct alarm_about){ ALARM_OVER, 0, m->id },
		           "the cloud had lost or damaged contents of files: stored again");
	return e;
}

err_t contents_mend(struct sync *s, struct id segment, struct mended *ret)
{
	cleanup(mending_free) struct mending m = { .s = s, .id = segment };
	err_t e = gather(&m);
	for (size_t i = 0; !e && i < m.facts.blocks_n; i++)
		e = one_block(&m, i);
	if (e)
		return e;
	if (m.found && (m.added || (m.cut && !m.missing)))
		e = put(&m);
	if (e)
		return e;
	if (m.untaken)
		*ret = (struct mended){ MENDED_PARTLY, 0 };
	else if (m.missing)
		*ret = (struct mended){ MENDED_PARTLY, m.missing };
	else
		*ret = (struct mended){ m.found ? MENDED_WHOLE : MENDED_NEEDLESS, 0 };
	return ERR_OK;
}
