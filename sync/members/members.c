/* SPDX-License-Identifier: MIT
 * Whose commits count: streams proved by statements that a human slot signed. Neither a record in the map nor the
 * store can add one. Statements come from the join mailbox and from the map; both go through member_statement.
 */
#include "sync/members/members.h"

#include "sync/core/stream.h"
#include "sync/core/sync_struct.h"
#include "vault/keys/keys.h"

static err_t member_join(struct sync *s, const struct statement *st)
{
	struct stream *known = streams_find(s, st->stream);
	struct stream add;
	if (known)
		return memcmp(known->key, st->device_key, 32) == 0 ? ERR_OK : ERR_DAMAGED;
	err_t e = stream_begin(st->stream, st->device, st->device_key, &add);
	if (e)
		return e;
	log_info(AREA_SYNC, "a device joined: %.*s", (int)st->name.len, (const char *)st->name.p);
	s->mailbox.due = true; /* a revocation that is known may close it */
	return streams_add(s, &add);
}

static bool revoke_at(const struct statement *st, struct stream *stream)
{
	static const struct stream_cut nothing;
	const struct stream_cut *at = &nothing;
	if (!id_eq(stream->device, st->device))
		return false;
	for (size_t k = 0; k < st->ncuts; k++) {
		if (id_eq(st->cuts[k].stream, stream->id))
			at = &st->cuts[k];
	}
	if (stream->closed && stream->closed_at <= at->n)
		return false;
	stream->closed = true;
	stream->closed_at = at->n;
	stream->closed_hash = at->hash;
	return true;
}

/* member_revoke: closes every stream of the device: at the place named, or at 0 when none is named. */
static err_t member_revoke(struct sync *s, const struct statement *st)
{
	for (size_t i = 0; i < s->streams.n; i++) {
		cleanup(ops_free) struct ops o = OPS_INIT;
		struct stream next = s->streams.list[i];
		if (!revoke_at(st, &next))
			continue;
		state_put_stream(&o, &next);
		err_t e = ops_commit(&o, s->c.map);
		if (e)
			return e;
		s->streams.list[i] = next;
	}
	return ERR_OK;
}

err_t member_statement(struct sync *s, struct span bytes)
{
	cleanup_free struct stream_cut *cuts = calloc(CUTS_MAX, sizeof(*cuts));
	struct statement st;
	uint8_t key[32];
	if (!cuts)
		return ERR_NOMEM;
	err_t e = statement_decode(bytes, &st, cuts);
	if (!e)
		e = header_slot_key(s->header, st.slot, key);
	if (!e)
		e = statement_verify(bytes, header_vault(s->header), header_genesis(s->header), key);
	if (e)
		return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
	if (st.kind == ST_JOIN)
		return member_join(s, &st);
	return st.kind == ST_REVOKE ? member_revoke(s, &st) : ERR_OK;
}

struct statements {
	struct buf all; /* blob32 each: the map must not be called from inside a scan */
};

static int member_collect(void *ctx, struct span key, struct span value)
{
	struct statements *list = ctx;
	(void)key;
	if (value.p)
		buf_blob32(&list->all, value);
	return buf_ok(&list->all);
}

/* member_kind: the statements of one kind in the map. */
static err_t member_kind(struct sync *s, struct span all, enum statement_kind kind)
{
	struct rd r = RD(all);
	err_t e = ERR_OK;
	while (!e && r.left && !r.bad) {
		struct span one = rd_blob32(&r);
		if (one.len < 2 || ((const uint8_t *)one.p)[1] != kind)
			continue;
		e = member_statement(s, one);
		if (e == ERR_DAMAGED || e == ERR_VERSION) {
			sync_alarm(s, &(struct alarm_about){ .kind = ALARM_STATEMENT_DAMAGED },
			           "a statement in the vault does not verify and is ignored");
			e = ERR_OK;
		}
	}
	return e;
}

/* member_read: joins first: a revocation closes the streams that are known, and beats every join. */
err_t member_read(struct sync *s)
{
	struct statements list = { BUF_INIT };
	struct rkey prefix = key_kind(REC_STATEMENT);
	err_t e = map_scan(s->c.map, MAP_RECORDS, rkey_span(&prefix), SPAN(NULL, 0), member_collect, &list);
	if (!e)
		e = map_scan(s->c.map, MAP_STATE, span_str(STATE_STATEMENT), SPAN(NULL, 0), member_collect, &list);
	if (!e)
		e = member_kind(s, buf_span(&list.all), ST_JOIN);
	if (!e)
		e = member_kind(s, buf_span(&list.all), ST_REVOKE);
	s->mailbox.due = e != ERR_OK;
	buf_free(&list.all);
	return e;
}
