/* SPDX-License-Identifier: MIT */
#include "sync/publish/audit.h"

#include "sync/checkpoint/prune.h"
#include "sync/core/epoch.h"
#include "sync/core/suspect.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/past_map.h"
#include "sync/deliver/place.h"
#include "sync/pull/commit_get.h"

#define OBJECTS_ROUND ((size_t)32)      /* of a checkpoint, looked for in one round: each is a request */
#define OBJECTS_PERIOD (600 * NS_PER_S) /* between such rounds: who waits for a change waits for these, too */

static size_t budget(const struct sync *s)
{
	return s->c.audit.objects ? s->c.audit.objects : OBJECTS_ROUND;
}

/* is_due: a turn, the last of which was then; at once in a store that is suspected. */
static bool is_due(const struct sync *s, int64_t last)
{
	const bool soon = s->c.audit.objects || s->contents.suspect;
	return !last || soon || s->c.clock.mono(s->c.clock.ctx) - last >= OBJECTS_PERIOD;
}

/* look: ERR_BUSY: the store does not say. */
static err_t look(struct sync *s, const char *name)
{
	cleanup(buf_free) struct buf byte = BUF_INIT;
	err_t was = store_get_sync(s->c.store, name, 0, 1, 1, &byte), e = asked_one(s, was);
	return e == was ? e : ERR_BUSY;
}

/* unsaid: behind a part of the audit: what the store did not say hinders no other part, and is known to no newcomer
 * either. */
static err_t unsaid(struct sync *s, err_t e)
{
	if (e != ERR_BUSY)
		return e;
	s->checkpoint.unsaid = ERR_REFUSED;
	return ERR_OK;
}

/* parts_of: of a commit that is applied. What a checkpoint brought does not say it: then its first is looked for. */
static uint32_t parts_of(struct sync *s, struct position p)
{
	cleanup(past_commit_free) struct past_commit c = { 0 };
	const struct past past = past_of_map(s->c.map);
	return past.find(past.ctx, p, &c) ? 1 : MAX(c.parts, 1u);
}

struct commit_look {
	const struct stream *st;
	uint64_t n;
	uint32_t parts;
};

/* look_place: all parts in their own places. */
static err_t look_place(struct sync *s, const struct epoch *epoch, const struct commit_look *l)
{
	char name[OBJECT_NAME];
	err_t e = ERR_OK;
	for (uint32_t i = 0; !e && i < l->parts; i++) {
		e = name_commit(&epoch->names, l->st->hash, l->n, i, name);
		if (!e)
			e = look(s, name);
	}
	return e;
}

/* look_under: in its own places, or under its hash. */
static err_t look_under(struct sync *s, const struct commit_look *l, uint32_t number)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	char name[OBJECT_NAME];
	err_t e = epoch_open(s->c.keyring, number, &epoch);
	if (e)
		return e;
	e = look_place(s, &epoch, l);
	if (e != ERR_NOTFOUND)
		return e;
	e = name_copy(&epoch.names, l->st->applied.hash, name);
	return e ? e : look(s, name);
}

static err_t probe(struct sync *s, const struct stream *st, bool *ret_lost)
{
	const struct position end = past_position(st->number, st->applied.n, st->applied.hash);
	const struct commit_look l = { st, st->applied.n, parts_of(s, end) };
	err_t e = ERR_NOTFOUND;
	for (uint32_t i = 1; e == ERR_NOTFOUND && i <= keyring_claimed(s->c.keyring); i++)
		e = look_under(s, &l, i);
	*ret_lost = e == ERR_NOTFOUND;
	return e == ERR_NOTFOUND || sync_unproved(e) ? ERR_OK : e;
}

/* lost: a checkpoint has it, then. */
static void lost_one(struct sync *s, const struct stream *st, uint64_t n)
{
	char id[ID_TEXT];
	id_hex(st->id, id);
	sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
	           "the cloud lost commit %llu of stream %.8s, which is part of the vault: a checkpoint follows",
	           (unsigned long long)n, id);
	s->checkpoint.wanted = true;
	sync_suspect(s);
}

static err_t other(struct sync *s, const struct stream *st)
{
	bool lost = false;
	if (st->applied.n <= st->covered || s->checkpoint.wanted)
		return ERR_OK;
	err_t e = probe(s, st, &lost);
	if (e || !lost)
		return e;
	lost_one(s, st, st->applied.n);
	return ERR_OK;
}

/* -- branches ------------------------------------------------------------------------------------------------------ */

/* look_copy: a byte under its hash is enough: nothing else has that name. */
static err_t look_copy(struct sync *s, struct position p)
{
	struct hash hash = HASH_ZERO;
	err_t e = ERR_NOTFOUND;
	id_put(hash.b, p.hash);
	for (uint32_t i = 1; e == ERR_NOTFOUND && i <= keyring_claimed(s->c.keyring); i++) {
		cleanup(epoch_wipe) struct epoch epoch = { 0 };
		char name[OBJECT_NAME];
		e = epoch_open(s->c.keyring, i, &epoch);
		if (!e)
			e = name_copy(&epoch.names, hash, name);
		if (!e)
			e = look(s, name);
	}
	return e;
}

/* branch_look: its own place may be another branch's, so what is there is read whole. */
static err_t branch_look(struct sync *s, const struct stream *st, struct position p)
{
	cleanup(pulled_freep) struct pulled *found = NULL;
	struct stream any = *st;
	any.epoch = 1; /* it may have ended before the stream went on in another */
	err_t e = look_copy(s, p);
	return e == ERR_NOTFOUND ? commit_get_at(s, &any, p, &found) : e;
}

static err_t branch(struct sync *s, struct position p)
{
	const struct stream *st = streams_number(s, p.stream);
	char id[ID_TEXT];
	if (!st || place_is_covered(s, p))
		return ERR_OK;
	unsigned passed = s->asked.passed;
	err_t e = branch_look(s, st, p);
	if (e == ERR_NOTFOUND && passed != s->asked.passed)
		return ERR_BUSY;
	if (e != ERR_NOTFOUND)
		return sync_unproved(e) ? ERR_OK : e;
	id_hex(st->id, id);
	sync_alarm(s, &(struct alarm_about){ ALARM_OVER, p.stream, ID_ZERO },
	           "the cloud lost commit %llu of a branch of stream %.8s, which is part of the vault: a checkpoint "
	           "follows",
	           (unsigned long long)p.n, id);
	s->checkpoint.wanted = true;
	sync_suspect(s);
	return ERR_OK;
}

/* branches: rarely, as a look may cost a whole commit. */
static err_t branches(struct sync *s)
{
	const struct vv *ends = &s->deliver->branches;
	const int64_t now = s->c.clock.mono(s->c.clock.ctx);
	err_t e = ERR_OK;
	if (!is_due(s, s->checkpoint.branches))
		return ERR_OK;
	for (size_t i = 0; !e && i < ends->n && !s->checkpoint.wanted && !sync_stopping(s); i++)
		e = branch(s, ends->v[i]);
	s->checkpoint.branches = e || s->checkpoint.wanted ? 0 : now;
	return e;
}

/* -- older ones -------------------------------------------------------------------------------------------------- */

struct applied_copies { /* hashes of the commits n of a stream that are applied */
	struct id v[4];
	size_t n;
};

static int applied_visit(void *ctx, struct span key, struct span value)
{
	struct applied_copies *c = ctx;
	(void)value;
	if (key.len >= ID_LEN && c->n < ARRAY_LEN(c->v))
		c->v[c->n++] = id_from((const uint8_t *)key.p + key.len - ID_LEN);
	return 0;
}

static err_t applied_copies(struct sync *s, const struct stream *st, uint64_t n, struct applied_copies *ret)
{
	cleanup(buf_free) struct buf prefix = BUF_INIT;
	buf_put(&prefix, STATE_PAST, strlen(STATE_PAST));
	buf_u64be(&prefix, st->number);
	buf_u64be(&prefix, n);
	err_t e = buf_ok(&prefix);
	return e ? e : map_scan(s->c.map, MAP_STATE, buf_span(&prefix), SPAN(NULL, 0), applied_visit, ret);
}

/* look_older: in its own place, or under a hash. */
static err_t look_older(struct sync *s, const struct stream *st, uint64_t n)
{
	struct applied_copies copies = { .n = 0 };
	struct commit_look l = { st, n, 1 };
	err_t e = ERR_NOTFOUND, listed = applied_copies(s, st, n, &copies);
	if (listed)
		return listed;
	l.parts = copies.n ? UINT32_MAX : 1;
	for (size_t i = 0; i < copies.n; i++) /* which of several branches has the places is not known */
		l.parts = MIN(l.parts, parts_of(s, (struct position){ st->number, n, copies.v[i] }));
	for (uint32_t i = keyring_claimed(s->c.keyring); e == ERR_NOTFOUND && i >= 1; i--) {
		cleanup(epoch_wipe) struct epoch epoch = { 0 };
		e = epoch_open(s->c.keyring, i, &epoch);
		if (!e)
			e = look_place(s, &epoch, &l);
	}
	if (e != ERR_NOTFOUND)
		return e;
	for (size_t i = 0; e == ERR_NOTFOUND && i < copies.n; i++)
		e = look_copy(s, (struct position){ st->number, n, copies.v[i] });
	return e;
}

/* older_one: the next of a stream, downwards, and then from its newest again. */
static err_t older_one(struct sync *s, struct stream *st)
{
	if (st->older <= st->covered || st->older >= st->applied.n)
		st->older = st->applied.n - 1;
	const uint64_t n = st->older--;
	err_t e = look_older(s, st, n);
	if (e == ERR_NOTFOUND)
		lost_one(s, st, n);
	if (e == ERR_BUSY) /* the next one to be asked for, too */
		st->older++;
	return e == ERR_NOTFOUND || sync_unproved(e) ? ERR_OK : e;
}

/* older: of each other stream those below its newest that no checkpoint of ours has, some at a time. */
static err_t older(struct sync *s)
{
	const int64_t now = s->c.clock.mono(s->c.clock.ctx);
	size_t left = budget(s);
	err_t e = ERR_OK;
	if (!is_due(s, s->checkpoint.older))
		return ERR_OK;
	for (size_t i = 0; !e && i < s->streams.n; i++) {
		struct stream *st = &s->streams.list[i];
		const bool own = id_eq(st->id, s->stream);
		uint64_t n = st->applied.n > st->covered + 1 ? st->applied.n - st->covered - 1 : 0;
		for (; !e && !own && n && left && !s->checkpoint.wanted && !sync_stopping(s); n--, left--)
			e = older_one(s, st);
	}
	s->checkpoint.older = e ? 0 : now;
	return e;
}

/* -- our checkpoint ------------------------------------------------------------------------------------------------ */

static bool is_queued(const struct sync *s, const char *name)
{
	for (size_t i = 0; i < s->queue.n; i++)
		if (!strcmp(s->queue.items[i].name, name))
			return true;
	return false;
}

/* look_some: at objects of the newest checkpoint, in turn. */
static err_t look_some(struct sync *s, bool *ret_lost)
{
	cleanup(buf_free) struct buf refs = BUF_INIT;
	int64_t now = s->c.clock.mono(s->c.clock.ctx);
	if (!is_due(s, s->checkpoint.looked))
		return ERR_OK;
	s->checkpoint.looked = now;
	err_t e = checkpoint_refs(s, &refs);
	size_t n = refs.len / ID_LEN;
	for (size_t i = 0; !e && !*ret_lost && i < MIN(n, budget(s)) && !sync_stopping(s); i++) {
		char name[OBJECT_NAME];
		name_id(id_from(refs.p + s->checkpoint.turn++ % n * ID_LEN), name);
		e = look(s, name);
		*ret_lost = e == ERR_NOTFOUND;
		if (e == ERR_BUSY) /* the next one to be asked for, too */
			s->checkpoint.turn--;
		if (*ret_lost || sync_unproved(e))
			e = ERR_OK;
	}
	e = e == ERR_NOTFOUND ? ERR_OK : e;
	if (e) /* offline, say: these were not looked for */
		s->checkpoint.looked = 0;
	return e;
}

/* uncover: what is in no checkpoint any more is looked for again, also after a crash, until the next one is made. */
static err_t uncover(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	for (size_t i = 0; i < s->streams.n; i++) {
		struct stream next = s->streams.list[i];
		next.covered = 0;
		state_put_stream(&o, &next);
	}
	place_put_covered(&o, &(struct vv){ 0 });
	err_t e = ops_commit(&o, s->c.map);
	for (size_t i = 0; !e && i < s->streams.n; i++)
		s->streams.list[i].covered = 0;
	return e ? e : place_set_covered(s, &(struct vv){ 0 });
}

/* checkpoint: what it covers is asked for no more: so all of it must be there. */
static err_t checkpoint(struct sync *s)
{
	char name[OBJECT_NAME];
	bool lost = false;
	name_id(s->st.announced.id, name);
	if (!s->st.announced.epoch || s->checkpoint.wanted || is_queued(s, name))
		return ERR_OK;
	err_t e = look(s, name);
	lost = e == ERR_NOTFOUND;
	if (!e)
		e = look_some(s, &lost);
	if (!lost)
		return sync_unproved(e) ? ERR_OK : e;
	sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
	           "the cloud lost a checkpoint of this device: another follows");
	s->checkpoint.wanted = true;
	sync_suspect(s);
	return uncover(s);
}

err_t audit_run(struct sync *s)
{
	s->checkpoint.unsaid = ERR_OK;
	err_t e = unsaid(s, checkpoint(s));
	for (size_t i = 0; !e && i < s->streams.n && !sync_stopping(s); i++) {
		const struct stream *st = &s->streams.list[i];
		e = id_eq(st->id, s->stream) ? ERR_OK : unsaid(s, other(s, st));
	}
	if (!e)
		e = unsaid(s, branches(s));
	return e ? e : unsaid(s, older(s));
}
