/* SPDX-License-Identifier: MIT
 * Whose commits count: streams proved by statements that a human slot signed. Neither a record in the map nor the
 * store can add one. Statements come from the join mailbox and from the map; both go through member_statement.
 */
#include "sync/internal.h"

#include "util/hex.h"

#define MAILBOX_ROUND 256            /* places looked at in one round */
#define SWEEP_PERIOD (60 * NS_PER_S) /* between sweeps for a stream that no sweep finds */
#define MAILBOX_OBJECT (64u * 1024)  /* no statement is larger; what is, proves nothing */

static err_t member_join(struct sync *s, const struct statement *st)
{
	struct stream *known = streams_find(s, st->stream);
	struct stream add = { .epoch = 1 };
	if (known)
		return memcmp(known->key, st->device_key, 32) == 0 ? ERR_OK : ERR_DAMAGED;
	memcpy(add.id, st->stream, ID_LEN);
	memcpy(add.seen.stream, st->stream, ID_LEN);
	memcpy(add.applied.stream, st->stream, ID_LEN);
	memcpy(add.device, st->device, ID_LEN);
	memcpy(add.key, st->device_key, 32);
	log_info(AREA_SYNC, "a device joined: %.*s", (int)st->name.len, (const char *)st->name.p);
	s->members_due = true; /* a revocation that is known may close it */
	return streams_add(s, &add);
}

static bool revoke_at(const struct statement *st, struct stream *stream)
{
	static const struct stream_cut nothing;
	const struct stream_cut *at = &nothing;
	if (memcmp(stream->device, st->device, ID_LEN) != 0)
		return false;
	for (size_t k = 0; k < st->ncuts; k++) {
		if (memcmp(st->cuts[k].stream, stream->id, ID_LEN) == 0)
			at = &st->cuts[k];
	}
	if (stream->closed && stream->closed_at <= at->n)
		return false;
	stream->closed = true;
	stream->closed_at = at->n;
	memcpy(stream->closed_hash, at->hash, HASH_LEN);
	return true;
}

/* member_revoke: closes every stream of the device: at its cut, or at 0 when none is named. */
static err_t member_revoke(struct sync *s, const struct statement *st)
{
	for (size_t i = 0; i < s->nstreams; i++) {
		cleanup(ops_free) struct ops o = OPS_INIT;
		struct stream next = s->streams[i];
		if (!revoke_at(st, &next))
			continue;
		state_put_stream(&o, &next);
		err_t e = ops_commit(&o, s->c.map);
		if (e)
			return e;
		s->streams[i] = next;
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
			sync_alarm(s, "a statement in the vault does not verify and is ignored");
			e = ERR_OK;
		}
	}
	return e;
}

err_t member_seen(struct span changes, struct ops *o, bool *ret_any)
{
	struct rd r = RD(changes);
	struct span key, value;
	while (change_next(&r, &key, &value)) {
		cleanup(buf_free) struct buf name = BUF_INIT;
		if (!value.p || ((const uint8_t *)key.p)[0] != REC_STATEMENT)
			continue;
		buf_put(&name, STATE_STATEMENT, strlen(STATE_STATEMENT));
		buf_put(&name, key.p, key.len);
		if (buf_ok(&name))
			return ERR_NOMEM;
		ops_put(o, MAP_STATE, buf_span(&name), value);
		*ret_any = true;
	}
	return r.bad ? ERR_DAMAGED : ERR_OK;
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
	s->members_due = e != ERR_OK;
	buf_free(&list.all);
	return e;
}

/* mailbox_read: ERR_NOTFOUND: the place is empty; ERR_DAMAGED: what is there proves nothing. */
static err_t mailbox_read(struct sync *s, uint32_t epoch, uint64_t place)
{
	cleanup(buf_free) struct buf body = BUF_INIT, plain = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t hash[HASH_LEN], sig[SIG_LEN];
	err_t e = name_join(s->c.ring, epoch, place, name);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, MAILBOX_OBJECT, &body);
	if (e)
		return e;
	e = object_open(s->c.ring, epoch, OBJ_JOIN, name, buf_span(&body), NULL, &plain, hash, sig);
	return e ? e : member_statement(s, buf_span(&plain));
}

static struct passing_key place_key(uint32_t epoch, uint64_t place)
{
	uint8_t id[ID_LEN] = { 0 };
	memcpy(id, &epoch, sizeof(epoch));
	return passing_key(PASSING_PLACE, id, place);
}

static void mailbox_alarm(struct sync *s, uint32_t epoch, uint64_t place)
{
	struct passing_key k = place_key(epoch, place);
	sync_passing(s, &k, "place %llu of the join mailbox does not verify and is ignored", (unsigned long long)place);
}

static void mailbox_whole(struct sync *s, uint32_t epoch, uint64_t place)
{
	struct passing_key k = place_key(epoch, place);
	sync_passed(s, &k);
}

/* mailbox_epoch: the places of one epoch from next->mailbox on; *ret_end: what follows the last one is free. */
static err_t mailbox_epoch(struct sync *s, uint32_t epoch, uint64_t place, uint64_t *ret_good, bool *ret_end)
{
	bool gap = false;
	for (unsigned i = 0; i < MAILBOX_ROUND && !sync_stopping(s); i++, place++) {
		err_t e = mailbox_read(s, epoch, place);
		if (e == ERR_NOTFOUND) {
			*ret_end = !gap;
			return ERR_OK;
		}
		if (sync_unproved(e)) {
			/* Passed over, but looked at again: a store may show damage today and the truth tomorrow. */
			if (!gap)
				mailbox_alarm(s, epoch, place);
			gap = true;
		} else if (e) {
			return e;
		} else {
			mailbox_whole(s, epoch, place);
		}
		if (!gap)
			*ret_good = place + 1;
	}
	return ERR_OK;
}

/* mailbox_all: of every epoch: who joined in an older one may be in no checkpoint that can be read. */
static err_t mailbox_all(struct sync *s, struct state *next)
{
	uint32_t newest = keyring_claimed(s->c.ring);
	bool on = true; /* nothing before this place is open */
	uint64_t place = next->mailbox;
	for (uint32_t epoch = next->mailbox_epoch; epoch <= newest; epoch++, place = 0) {
		uint64_t good = place;
		bool end = false;
		err_t e = mailbox_epoch(s, epoch, place, &good, &end);
		if (e)
			return e;
		if (on) {
			next->mailbox_epoch = epoch;
			next->mailbox = good;
		}
		on &= end;
	}
	return ERR_OK;
}

/* --- places that were passed: a store can lose one, and the next joiner takes it --- */

/* again_read: a place once more. What proves nothing was named when it was new, or follows from no news. */
static err_t again_read(struct sync *s, uint32_t epoch, uint64_t place, bool *ret_free)
{
	err_t e = mailbox_read(s, epoch, place);
	*ret_free = e == ERR_NOTFOUND;
	return e == ERR_NOTFOUND || sync_unproved(e) ? ERR_OK : e;
}

/* sweep_epoch: every place of an epoch. There are as many as devices that joined, so far as they are known: a free
 * place below that is one that the store lost, and others follow. */
static err_t sweep_epoch(struct sync *s, uint32_t epoch, uint64_t known)
{
	for (uint64_t place = 0; place < known + MAILBOX_ROUND; place++) {
		bool vacant;
		err_t e = sync_stopping(s) ? ERR_CANCELED : again_read(s, epoch, place, &vacant);
		if (e)
			return e;
		if (vacant && place >= known)
			break;
	}
	return ERR_OK;
}

static err_t mailbox_sweep(struct sync *s)
{
	uint64_t streams = MAX(s->nstreams, s->claimed_streams) - 1; /* the first one is in the header */
	for (uint32_t epoch = 1; epoch <= keyring_claimed(s->c.ring); epoch++) {
		uint64_t known = epoch == s->st.mailbox_epoch ? MAX(streams, s->st.mailbox) : streams;
		err_t e = sweep_epoch(s, epoch, known);
		if (e)
			return e;
	}
	s->swept = true;
	s->sweep_time = s->c.clock.mono(s->c.clock.ctx);
	return ERR_OK;
}

/* mailbox_again: one passed place a round, in turn; all of them when someone asked for certainty. */
static err_t mailbox_again(struct sync *s)
{
	bool vacant;
	if (!s->swept)
		return mailbox_sweep(s);
	if (s->st.mailbox == 0)
		return ERR_OK;
	return again_read(s, s->st.mailbox_epoch, s->mailbox_turn++ % s->st.mailbox, &vacant);
}

err_t member_mailbox(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	err_t e = mailbox_again(s);
	if (!e)
		e = mailbox_all(s, &next);
	if (s->members_due) { /* also after a failure: nobody may be trusted for longer by it */
		err_t r = member_read(s);
		e = e ? e : r;
	}
	if (e || (next.mailbox == s->st.mailbox && next.mailbox_epoch == s->st.mailbox_epoch))
		return e;
	state_put(&o, &next);
	e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e;
}

/* --- streams that others know of --- */
void member_claims(struct sync *s, const struct head *h)
{
	s->claimed_streams = MAX(s->claimed_streams, h->napplied);
	for (uint32_t i = 0; i < h->napplied; i++) {
		if (streams_find(s, h->applied[i].stream))
			continue;
		s->unknown_now++;
		memcpy(s->unknown, h->applied[i].stream, ID_LEN);
	}
}

bool member_sweep_due(struct sync *s)
{
	bool due = s->unknown_now && (s->unknown_now != s->unknown_swept ||
	                              s->c.clock.mono(s->c.clock.ctx) - s->sweep_time >= SWEEP_PERIOD);
	s->unknown_swept = s->unknown_now;
	s->unknown_now = 0;
	s->swept &= !due;
	return due;
}

void member_unproved(struct sync *s)
{
	char id[2 * ID_LEN + 1];
	if (streams_find(s, s->unknown) || memcmp(s->unknown, s->unknown_named, ID_LEN) == 0)
		return;
	hex_encode(s->unknown, ID_LEN, id);
	sync_alarm(s, "another device follows stream %.8s, whose proof is lost, damaged or withheld by the store", id);
	memcpy(s->unknown_named, s->unknown, ID_LEN);
}
