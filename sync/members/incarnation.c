/* SPDX-License-Identifier: MIT */
#include "sync/members/incarnation.h"

#include "sync/core/dirty.h"
#include "sync/core/stream.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"
#include "sync/members/device.h"
#include "sync/members/join.h"
#include "util/trace.h"
#include "vault/changeset/become.h"

static struct bootstrap life_of(struct sync *s, struct id stream, const char *name)
{
	struct bootstrap b = { .store = s->c.store,
		               .map = s->c.map,
		               .keyring = s->c.keyring,
		               .header = s->header,
		               .device_seed = s->c.device_seed,
		               .device_name = name,
		               .clock = s->c.clock };
	b.device = s->c.device;
	b.stream = stream;
	return b;
}

/* announce: the statement goes into the mailbox first: a stream that nobody uses harms nobody, one that nobody proves
 * is not read. */
static err_t announce(struct sync *s, struct id stream)
{
	char name[DEVICE_NAME] = "device";
	err_t e = device_name(s->at.changeset, s->c.device, name);
	if (e && e != ERR_NOTFOUND)
		return e;
	struct bootstrap b = life_of(s, stream, name);
	return join_statement(s, &b, s->c.slot);
}

static err_t add_stream(struct sync *s, struct id stream)
{
	const struct stream *former = streams_find(s, s->c.stream);
	struct stream st = { .epoch = former->epoch, .device = s->c.device };
	st.id = st.seen.stream = st.applied.stream = stream;
	memcpy(st.key, former->key, sizeof(st.key));
	return streams_add(s, &st);
}

/* go_on: with the state of a stream that has no commit yet. */
static err_t go_on(struct sync *s, const struct own_life *life, uint64_t number)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct state next = s->st;
	if (!b)
		return ERR_NOMEM;
	next.n = next.confirmed = next.head_counter = 0;
	next.said = HASH_ZERO;
	err_t e = crypto_random_id(&next.nonce);
	if (e)
		return e;
	state_put(&o, &next);
	state_put_life(&o, life);
	e = ops_batch(&o, b);
	if (!e)
		e = changeset_become(s->at.changeset, number, b);
	if (e)
		return e;
	s->st = next;
	s->life2 = *life;
	s->c.stream = life->stream;
	return map_sync(s->c.map);
}

static err_t life_draw(struct sync *s, struct own_life *life, uint64_t *number)
{
	const struct stream *former = streams_find(s, s->c.stream);
	life->before = former->number;
	life->dot = changeset_n(s->at.changeset); /* operations go on meanwhile */
	err_t e = crypto_random_id(&life->stream);
	return e ? e : stream_number(life->stream, number);
}

/* begin: nothing of the former stream is on its way. */
static err_t begin(struct sync *s, struct own_life *life)
{
	uint64_t number;
	err_t e = life_draw(s, life, &number);
	if (!e)
		e = announce(s, life->stream);
	if (!e)
		e = add_stream(s, life->stream);
	return e ? e : go_on(s, life, number);
}

err_t incarnation_begin(struct sync *s, uint64_t first)
{
	struct own_life life = { .dot = 0 };
	struct id before = s->c.stream;
	if (!s->c.slot)
		return ERR_FORK;
	if (!s->at.changeset || s->st.confirmed != s->st.n || !incarnation_may(s))
		return ERR_DAMAGED; /* as the store is shown now: it may show more later */
	err_t e = changeset_turn_back_all(s->at.changeset);
	if (!e)
		e = begin(s, &life);
	if (e)
		return e;
	if (first) /* what the other life wrote from there on is another branch */
		streams_find(s, before)->seen.n = first - 1;
	s->heads.due = true;
	sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
	           "this device's state is older than the cloud (a restored backup, or a copy): it goes on as a new "
	           "stream, beside what it wrote before");
	return ERR_OK;
}

bool incarnation_may(struct sync *s)
{
	const struct stream *former = s->life2.dot ? streams_number(s, s->life2.before) : NULL;
	return !s->life2.dot || (former && place_newest(s, former).n >= s->life2.dot);
}
