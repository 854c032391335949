/* SPDX-License-Identifier: MIT
 * Codec of the engine's own records. Every value starts with a version byte and is read whole or not at all.
 */
#include "sync/core/state.h"

#include "sync/core/state2.h"
#include "util/cleanup.h"

#include <string.h>

#define STATE_VERSION 1
#define STREAM_VERSION 2 /* 1: without `covered` */

static void announce_encode(const struct announce *a, struct buf *out)
{
	buf_hash(out, a->hash);
	buf_id(out, a->id);
	buf_u32(out, a->epoch);
	buf_u64(out, a->height);
}

static void announce_decode(struct rd *r, struct announce *a)
{
	a->hash = rd_hash(r);
	a->id = rd_id(r);
	a->epoch = rd_u32(r);
	a->height = rd_u64(r);
}

static err_t state_open_to(struct rd *r, uint8_t newest, uint8_t *ret)
{
	uint8_t v = rd_u8(r);
	if (r->bad || v == 0)
		return ERR_DAMAGED;
	*ret = v;
	return v <= newest ? ERR_OK : ERR_VERSION;
}

static err_t state_open(struct rd *r)
{
	uint8_t v;
	return state_open_to(r, STATE_VERSION, &v);
}

void state_encode(const struct state *st, struct buf *out)
{
	if (st->format == VAULT_FORMAT_2) {
		state2_encode(st, out);
		return;
	}
	buf_u8(out, STATE_VERSION);
	buf_u64(out, st->n);
	buf_u64(out, st->confirmed);
	buf_hash(out, st->tip);
	buf_hash(out, st->base);
	buf_u64(out, st->height);
	buf_u64(out, st->sequence);
	buf_u64(out, st->uncommitted);
	buf_u64(out, st->uncommitted_last);
	buf_u64(out, st->forgotten);
	for (size_t i = 0; i < ARRAY_LEN(st->digest.lane); i++)
		buf_u16(out, st->digest.lane[i]);
	buf_u32(out, st->mailbox_epoch);
	buf_u64(out, st->mailbox);
	buf_u8(out, st->roster_due);
	buf_u64(out, st->head_counter);
	buf_u64(out, st->chain_bytes);
	buf_u64(out, st->checkpoint_bytes);
	buf_u64(out, st->building);
	announce_encode(&st->announce, out);
	announce_encode(&st->announced, out);
	buf_u64(out, st->announced_n);
	buf_u8(out, (uint8_t)st->stopped);
	buf_blob16(out, span_str(st->text));
}

err_t state_decode(struct span value, struct state *ret)
{
	struct rd r = RD(value);
	struct state st = { .format = VAULT_FORMAT_1 };
	err_t e = state_open(&r);
	if (e)
		return e;
	st.n = rd_u64(&r);
	st.confirmed = rd_u64(&r);
	st.tip = rd_hash(&r);
	st.base = rd_hash(&r);
	st.height = rd_u64(&r);
	st.sequence = rd_u64(&r);
	st.uncommitted = rd_u64(&r);
	st.uncommitted_last = rd_u64(&r);
	st.forgotten = rd_u64(&r);
	for (size_t i = 0; i < ARRAY_LEN(st.digest.lane); i++)
		st.digest.lane[i] = rd_u16(&r);
	st.mailbox_epoch = rd_u32(&r);
	st.mailbox = rd_u64(&r);
	st.roster_due = rd_u8(&r) != 0;
	st.head_counter = rd_u64(&r);
	st.chain_bytes = rd_u64(&r);
	st.checkpoint_bytes = rd_u64(&r);
	st.building = rd_u64(&r);
	announce_decode(&r, &st.announce);
	announce_decode(&r, &st.announced);
	st.announced_n = rd_u64(&r);
	uint8_t stopped = rd_u8(&r);
	struct span text = rd_blob16(&r);
	if (!rd_end(&r) || stopped > STOPPED_FORK || text.len > STATE_TEXT || st.confirmed > st.n)
		return ERR_DAMAGED;
	st.stopped = (enum stopped)stopped;
	if (text.len)
		memcpy(st.text, text.p, text.len);
	*ret = st;
	return ERR_OK;
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
	buf_id(out, s->device);
	buf_put(out, s->key, sizeof(s->key));
	pos_encode(&s->seen, out);
	pos_encode(&s->applied, out);
	buf_u32(out, s->epoch);
	buf_u64(out, s->head_counter);
	buf_u64(out, s->head_height);
	buf_hash(out, s->head_tip);
	buf_u8(out, s->closed);
	buf_u64(out, s->closed_at);
	buf_hash(out, s->closed_hash);
	buf_u64(out, s->covered);
}

err_t state_stream_decode(struct span value, struct stream *ret)
{
	struct rd r = RD(value);
	struct stream s = { 0 };
	uint8_t version;
	err_t e = state_open_to(&r, STREAM_VERSION, &version);
	if (e)
		return e;
	s.id = rd_id(&r);
	s.device = rd_id(&r);
	rd_copy(&r, s.key, sizeof(s.key));
	pos_decode(&r, s.id, &s.seen);
	pos_decode(&r, s.id, &s.applied);
	s.epoch = rd_u32(&r);
	s.head_counter = rd_u64(&r);
	s.head_height = rd_u64(&r);
	s.head_tip = rd_hash(&r);
	s.closed = rd_u8(&r) != 0;
	s.closed_at = rd_u64(&r);
	s.closed_hash = rd_hash(&r);
	if (version > 1)
		s.covered = rd_u64(&r);
	if (!rd_end(&r))
		return ERR_DAMAGED;
	*ret = s;
	return ERR_OK;
}

enum { COMMIT_IS_APPLIED = 1, COMMIT_IS_OWN = 2, COMMIT_HAS_MANIFEST = 4 };

void state_commit_encode(const struct commit_record *n, struct buf *out)
{
	buf_u8(out, STATE_VERSION);
	buf_hash(out, n->hash);
	buf_hash(out, n->parent);
	buf_id(out, n->stream);
	buf_u64(out, n->n);
	buf_u64(out, n->height);
	buf_u32(out, n->epoch);
	buf_u32(out, n->parts);
	buf_u64(out, n->changeset);
	buf_u64(out, n->bytes);
	buf_u64(out, n->previous.n);
	buf_hash(out, n->previous.hash);
	buf_hash(out, n->merged);
	unsigned flags = n->applied ? COMMIT_IS_APPLIED : 0;
	flags |= n->own ? COMMIT_IS_OWN : 0;
	flags |= n->manifest ? COMMIT_HAS_MANIFEST : 0;
	buf_u8(out, (uint8_t)flags);
}

err_t state_commit_decode(struct span value, struct commit_record *ret)
{
	struct rd r = RD(value);
	struct commit_record n = { 0 };
	err_t e = state_open(&r);
	if (e)
		return e;
	n.hash = rd_hash(&r);
	n.parent = rd_hash(&r);
	n.stream = rd_id(&r);
	n.n = rd_u64(&r);
	n.height = rd_u64(&r);
	n.epoch = rd_u32(&r);
	n.parts = rd_u32(&r);
	n.changeset = rd_u64(&r);
	n.bytes = rd_u64(&r);
	pos_decode(&r, n.stream, &n.previous);
	n.merged = rd_hash(&r);
	uint8_t flags = rd_u8(&r);
	if (!rd_end(&r))
		return ERR_DAMAGED;
	n.applied = flags & COMMIT_IS_APPLIED;
	n.own = flags & COMMIT_IS_OWN;
	n.manifest = flags & COMMIT_HAS_MANIFEST;
	*ret = n;
	return ERR_OK;
}

void state_join_encode(const struct join *j, struct buf *out)
{
	buf_u8(out, STATE_VERSION);
	buf_u32(out, j->epoch);
	buf_u64(out, j->place);
	buf_u8(out, j->done);
	buf_blob32(out, j->statement);
}

err_t state_join_decode(struct span value, struct join *ret)
{
	struct rd r = RD(value);
	struct join j = { 0 };
	err_t e = state_open(&r);
	if (e)
		return e;
	j.epoch = rd_u32(&r);
	j.place = rd_u64(&r);
	j.done = rd_u8(&r) != 0;
	j.statement = rd_blob32(&r);
	if (!rd_end(&r))
		return ERR_DAMAGED;
	*ret = j;
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

void state_put_commit(struct ops *o, const struct commit_record *n)
{
	cleanup(buf_free) struct buf key = BUF_INIT, v = BUF_INIT;
	key_suffix(&key, STATE_COMMIT, n->hash.b, HASH_LEN);
	state_commit_encode(n, &v);
	put_buf(o, buf_span(&key), &v);
}

void state_del_commit(struct ops *o, const struct commit_record *n)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	key_suffix(&key, STATE_COMMIT, n->hash.b, HASH_LEN);
	ops_del(o, MAP_STATE, buf_span(&key));
}
