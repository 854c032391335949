/* SPDX-License-Identifier: MIT
 * Codec of the engine's own records. Every value starts with a version byte and is read whole or not at all.
 */
#include "sync/core/state.h"

#include "sync/core/state_form.h"
#include "util/cleanup.h"
#include "vault/objects/applied.h"

#include <string.h>

#define STREAM_VERSION 4
#define STREAM_TIMELESS 3 /* the version before: without a time */

/* version_get: the version byte of a value that has version `wanted`. */
static err_t version_get(struct rd *r, uint8_t wanted)
{
	uint8_t v = rd_u8(r);
	if (r->bad || v == 0)
		return ERR_DAMAGED;
	return v == wanted ? ERR_OK : ERR_VERSION;
}

static void pos_encode(const struct stream_pos *p, struct buf *out)
{
	buf_u64(out, p->n);
	buf_hash(out, p->hash);
}

static void pos_decode(struct rd *r, struct id id, struct stream_pos *p)
{
	p->stream = id;
	p->n = rd_u64(r);
	p->hash = rd_hash(r);
}

void state_stream_encode(const struct stream *s, struct buf *out)
{
	buf_u8(out, STREAM_VERSION);
	buf_id(out, s->id);
	buf_hash(out, s->hash);
	buf_id(out, s->device);
	buf_put(out, s->key, sizeof(s->key));
	pos_encode(&s->seen, out);
	pos_encode(&s->applied, out);
	buf_u32(out, s->epoch);
	buf_u64(out, s->head_counter);
	buf_u8(out, s->closed);
	buf_u64(out, s->closed_at);
	buf_hash(out, s->closed_hash);
	buf_u64(out, s->covered);
	buf_u64(out, (uint64_t)s->time);
}

err_t state_stream_decode(struct span value, struct stream *ret)
{
	struct rd r = RD(value);
	struct stream s = { 0 };
	bool timeless = value.len && *(const uint8_t *)value.p == STREAM_TIMELESS;
	err_t e = version_get(&r, timeless ? STREAM_TIMELESS : STREAM_VERSION);
	if (e)
		return e;
	s.id = rd_id(&r);
	s.hash = rd_hash(&r);
	s.number = applied_stream(s.hash);
	s.device = rd_id(&r);
	rd_copy(&r, s.key, sizeof(s.key));
	pos_decode(&r, s.id, &s.seen);
	pos_decode(&r, s.id, &s.applied);
	s.epoch = rd_u32(&r);
	s.head_counter = rd_u64(&r);
	uint8_t closed = rd_u8(&r);
	s.closed_at = rd_u64(&r);
	s.closed_hash = rd_hash(&r);
	s.covered = rd_u64(&r);
	s.time = timeless ? 0 : (int64_t)rd_u64(&r);
	if (!rd_end(&r) || closed > 1)
		return ERR_DAMAGED;
	s.closed = closed;
	*ret = s;
	return ERR_OK;
}

static void put_buf(struct ops *o, struct span key, struct buf *value)
{
	if (value->failed)
		o->b.failed = true;
	ops_put(o, MAP_STATE, key, buf_span(value));
}

static void key_suffix(struct buf *key, const char *prefix, const uint8_t *p, size_t n)
{
	buf_put(key, prefix, strlen(prefix));
	buf_put(key, p, n);
}

void state_put(struct ops *o, const struct state *st)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	state_encode(st, &v);
	put_buf(o, span_str(STATE_MAIN), &v);
}

void state_put_stream(struct ops *o, const struct stream *s)
{
	cleanup(buf_free) struct buf key = BUF_INIT, v = BUF_INIT;
	key_suffix(&key, STATE_STREAM, s->id.b, ID_LEN);
	state_stream_encode(s, &v);
	put_buf(o, buf_span(&key), &v);
}
