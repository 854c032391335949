/* SPDX-License-Identifier: MIT */
#include "sync/members/incarnation.h"

#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"
#include "sync/members/bound.h"
#include "sync/members/life.h"
#include "util/trace.h"
#include "vault/changeset/become.h"

/* go_on: with the state of a stream that has no commit yet. `said`: its records, `o`: what else is put with them. */
static err_t go_on(struct sync *s, uint64_t number, const struct records *said, struct ops *o)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct state next = s->st;
	if (!b)
		return ERR_NOMEM;
	next.n = next.confirmed = next.head_counter = 0;
	next.said = HASH_ZERO;
	err_t e = crypto_random_id(&next.nonce);
	if (e)
		return e;
	state_put(o, &next);
	e = ops_batch(o, b);
	if (!e)
		e = changeset_become(s->at.changeset, number, said, b);
	if (!e)
		s->st = next;
	return e;
}

/* from: what is open has stamps of a commit of the former stream; operations go on meanwhile. */
static struct own_life from(struct sync *s, struct id stream)
{
	return (struct own_life){ stream, streams_find(s, s->stream)->number, changeset_n(s->at.changeset) };
}

/* begin: nothing of the former stream is on its way. The INCARNATION is in what is open, and in the mailbox in a later
 * step of this round. */
static err_t begin(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(life_free) struct life l = { .said = RECORDS_INIT };
	if (!streams_reserve(s))
		return s->streams.n >= STREAMS_MAX ? ERR_LIMIT : ERR_NOMEM;
	err_t e = life_draw(s, &l);
	if (e)
		return e;
	l.stream.epoch = streams_find(s, s->stream)->epoch;
	const struct own_life own = from(s, l.stream.id);
	life_put(&l, &own, &o);
	chain_put(&o, &l.at);
	bound_put(s, &o);
	e = go_on(s, l.stream.number, &l.said, &o);
	if (!e)
		e = life_begun(s, &l, &own);
	return e ? e : map_sync(s->c.map);
}

static void say_why(struct sync *s)
{
	const struct alarm_about over = { .kind = ALARM_OVER };
	if (s->own.moved)
		sync_alarm(
		        s, &over,
		        "this device's state was copied or moved here from another folder or machine: it goes on as a "
		        "new stream, beside what it wrote before");
	else
		sync_alarm(
		        s, &over,
		        "this device's state is older than the cloud (a restored backup, or a copy): it goes on as a "
		        "new stream, beside what it wrote before");
	s->own.moved = false;
}

err_t incarnation_begin(struct sync *s, uint64_t first)
{
	struct id before = s->stream;
	if (!s->at.changeset || s->st.confirmed != s->st.n || !incarnation_may(s))
		return ERR_DAMAGED; /* as the store is shown now: it may show more later */
	err_t e = changeset_turn_back_all(s->at.changeset);
	if (!e)
		e = begin(s);
	if (e)
		return e;
	if (first) /* what the other life wrote from there on is another branch */
		streams_find(s, before)->seen.n = first - 1;
	s->heads.due = true;
	say_why(s);
	return ERR_OK;
}

bool incarnation_may(struct sync *s)
{
	const struct stream *former = s->own_life.dot ? streams_number(s, s->own_life.before) : NULL;
	return !s->own_life.dot || (former && place_newest(s, former).n >= s->own_life.dot);
}
