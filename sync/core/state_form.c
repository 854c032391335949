/* SPDX-License-Identifier: MIT
 * Codec of the engine's own records. As in state.c: a version byte, and read whole or not at all.
 */
#include "sync/core/state_form.h"

#include "util/cleanup.h"

#include <string.h>

#define MAIN_VERSION 2 /* 1 was format 1 */
#define VERSION 1

/* version_get: the version byte of a value that has version `wanted`. */
static err_t version_get(struct rd *r, uint8_t wanted)
{
	uint8_t v = rd_u8(r);
	if (r->bad || v == 0)
		return ERR_DAMAGED;
	return v == wanted ? ERR_OK : ERR_VERSION;
}

static void manifest_put(struct buf *out, const struct announce *a)
{
	buf_hash(out, a->hash);
	buf_id(out, a->id);
	buf_u32(out, a->epoch);
}

static void manifest_get(struct rd *r, struct announce *a)
{
	a->hash = rd_hash(r);
	a->id = rd_id(r);
	a->epoch = rd_u32(r);
}

void state_encode(const struct state *st, struct buf *out)
{
	buf_u8(out, MAIN_VERSION);
	buf_u64(out, st->n);
	buf_u64(out, st->confirmed);
	buf_u64(out, st->sequence);
	buf_id(out, st->nonce);
	buf_hash(out, st->said);
	buf_u32(out, st->mailbox_epoch);
	buf_u64(out, st->mailbox);
	buf_u64(out, st->head_counter);
	buf_u64(out, st->chain_bytes);
	buf_u64(out, st->checkpoint_bytes);
	buf_u64(out, st->building);
	manifest_put(out, &(struct announce){ .epoch = 0 }); /* once: in no commit yet */
	manifest_put(out, &st->announced);
	buf_u64(out, 0); /* once: by which commit */
	buf_u8(out, (uint8_t)st->stopped);
	buf_blob16(out, span_str(st->text));
}

static err_t stopped_get(struct rd *r, struct state *st)
{
	uint8_t stopped = rd_u8(r);
	struct span text = rd_blob16(r);
	bool known = stopped == STOPPED_NOT || stopped == STOPPED_FORK;
	if (!rd_end(r) || !known || text.len > STATE_TEXT || (text.len && memchr(text.p, 0, text.len)))
		return ERR_DAMAGED;
	st->stopped = (enum stopped)stopped;
	if (text.len)
		memcpy(st->text, text.p, text.len);
	return ERR_OK;
}

err_t state_decode(struct span value, struct state *ret)
{
	struct rd r = RD(value);
	struct state st = { .n = 0 };
	err_t e = version_get(&r, MAIN_VERSION);
	if (e)
		return e;
	st.n = rd_u64(&r);
	st.confirmed = rd_u64(&r);
	st.sequence = rd_u64(&r);
	st.nonce = rd_id(&r);
	st.said = rd_hash(&r);
	st.mailbox_epoch = rd_u32(&r);
	st.mailbox = rd_u64(&r);
	st.head_counter = rd_u64(&r);
	st.chain_bytes = rd_u64(&r);
	st.checkpoint_bytes = rd_u64(&r);
	st.building = rd_u64(&r);
	struct announce unsaid;
	manifest_get(&r, &unsaid);
	manifest_get(&r, &st.announced);
	(void)rd_u64(&r);
	e = stopped_get(&r, &st);
	if (e)
		return e;
	if (st.confirmed > st.n)
		return ERR_DAMAGED;
	*ret = st;
	return ERR_OK;
}

void state_digest_encode(const struct lthash *h, struct buf *out)
{
	buf_u8(out, VERSION);
	for (size_t i = 0; i < ARRAY_LEN(h->lane); i++)
		buf_u16(out, h->lane[i]);
}

err_t state_digest_decode(struct span value, struct lthash *ret)
{
	struct rd r = RD(value);
	struct lthash h;
	err_t e = version_get(&r, VERSION);
	if (e)
		return e;
	for (size_t i = 0; i < ARRAY_LEN(h.lane); i++)
		h.lane[i] = rd_u16(&r);
	if (!rd_end(&r))
		return ERR_DAMAGED;
	*ret = h;
	return ERR_OK;
}

/* -- puts -------------------------------------------------------------------------------------------------------- */

static void put_value(struct ops *o, struct span key, const struct buf *value)
{
	o->b.failed |= value->failed;
	ops_put(o, MAP_STATE, key, buf_span(value));
}

void state_put_digest(struct ops *o, const struct lthash *h)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	state_digest_encode(h, &v);
	put_value(o, span_str(STATE_DIGEST), &v);
}

static void past_key(struct position p, struct buf *key)
{
	buf_put(key, STATE_PAST, strlen(STATE_PAST));
	buf_u64be(key, p.stream);
	buf_u64be(key, p.n);
	buf_id(key, p.hash);
}

void state_put_past(struct ops *o, struct position p, struct span value)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	past_key(p, &key);
	o->b.failed |= key.failed;
	ops_put(o, MAP_STATE, buf_span(&key), value);
}

err_t state_get_past(struct map *m, struct position p, struct buf *out)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	past_key(p, &key);
	err_t e = buf_ok(&key);
	return e ? e : map_get(m, MAP_STATE, buf_span(&key), out);
}

void state_put_life(struct ops *o, const struct own_life *l)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	buf_u8(&v, VERSION);
	buf_id(&v, l->stream);
	buf_u64(&v, l->before);
	buf_u64(&v, l->dot);
	put_value(o, span_str(STATE_LIFE), &v);
}

err_t state_get_life(struct map *m, struct own_life *ret)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(m, MAP_STATE, span_str(STATE_LIFE), &v);
	struct rd r = RD(buf_span(&v));
	if (!e)
		e = version_get(&r, VERSION);
	if (e)
		return e;
	struct own_life l = { .stream = rd_id(&r) };
	l.before = rd_u64(&r);
	l.dot = rd_u64(&r);
	if (!rd_end(&r))
		return ERR_DAMAGED;
	*ret = l;
	return ERR_OK;
}
