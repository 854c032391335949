/* SPDX-License-Identifier: MIT */
#include "sync/incomplete.h"

#include "sync/core/alarm_object.h"
#include "sync/core/given.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/place.h"
#include "sync/members/who.h"

#define INCOMPLETE_VERSION 2
#define LASTS 1u
#define WAITS 2u

/* -- what is lacking now ------------------------------------------------------------------------------------------- */

static uint64_t newest_here(const struct sync *s, const struct stream *st)
{
	return MAX(st->seen.n, place_newest(s, st).n);
}

bool incomplete_ahead(const struct sync *s, const struct stream *st)
{
	return st->claimed > newest_here(s, st);
}

bool incomplete_own_met(const struct sync *s, const struct stream *st)
{
	return s->own.met && id_eq(st->id, s->stream);
}

uint64_t incomplete_first(const struct sync *s, const struct stream *st)
{
	const uint64_t given = given_to(s, st->id);
	if (!incomplete_ahead(s, st) || st->claimed <= given)
		return 0;
	return MAX(newest_here(s, st), given) + 1;
}

/* is_lack: what newer software made is there, and more than that nobody asks for. */
static bool is_lack(const struct sync *s, const struct stream *st)
{
	return incomplete_first(s, st) && !incomplete_own_met(s, st) && st->newer != st->seen.n + 1;
}

/* note: the time is that of the first look that found this one. */
static void note(const struct sync *s, struct lacks *next, struct lack x)
{
	const struct lacks *was = &s->lacks;
	const int64_t now = s->c.clock.wall(s->c.clock.ctx) / NS_PER_S;
	x.since = now;
	for (size_t i = 0; i < was->n; i++) {
		const struct lack *y = &was->v[i];
		if (id_eq(y->stream, x.stream) && y->from == x.from) {
			x.since = MIN(y->since, now); /* the clock may have been set back */
			x.lasts = y->lasts || now - x.since >= LACK_LASTS_S;
		}
	}
	if (next->n < LACKS_MAX)
		next->v[next->n++] = x;
}

static void note_streams(const struct sync *s, struct lacks *next)
{
	for (size_t i = 0; i < s->streams.n; i++) {
		const struct stream *st = &s->streams.list[i];
		if (is_lack(s, st))
			note(s, next,
			     (struct lack){ .stream = st->id,
			                    .from = incomplete_first(s, st),
			                    .to = st->claimed,
			                    .claim = st->claim,
			                    .claimant = st->claimant });
	}
}

/* note_unproved: also what an earlier look found, where this one did not see what it is counted by. */
static void note_unproved(struct sync *s, struct lacks *next)
{
	const struct lacks *was = &s->lacks;
	if (s->unknown.unproved && !given_unproved(s, s->unknown.last))
		note(s, next, (struct lack){ .stream = s->unknown.last });
	for (size_t i = 0; i < was->n && !s->unknown.unproved; i++)
		if (!was->v[i].from && s->heads.unseen && !streams_find(s, was->v[i].stream) &&
		    !given_unproved(s, was->v[i].stream))
			note(s, next, was->v[i]);
}

/* note_waits: one commit that waits for what was given up, and with it all of its stream that is here. */
static void note_waits(struct sync *s, struct lacks *next, struct position at, struct position lacks)
{
	const struct stream *st = streams_number(s, at.stream);
	if (!st || !givens_cover(&s->givens, lacks) || givens_cover(&s->givens, at))
		return;
	struct lack x = { .stream = st->id, .to = MAX(st->seen.n, at.n), .claimant = st->device, .waits = true };
	x.from = MAX(given_to(s, st->id), st->applied.n) + 1;
	for (size_t i = 0; i < next->n; i++)
		if (id_eq(next->v[i].stream, x.stream))
			return;
	note(s, next, x);
}

static void note_waiting(struct sync *s, struct lacks *next)
{
	const struct room *room = &s->deliver->room;
	for (const struct arrival *a = room->first; s->givens.n && a; a = a->next)
		note_waits(s, next, a->at, a->lacks);
	for (size_t i = 0; s->givens.n && i < room->turned_n; i++)
		note_waits(s, next, room->turned[i].at, room->turned[i].lacks);
}

/* -- what is remembered -------------------------------------------------------------------------------------------- */

static void encode(const struct lacks *l, struct buf *out)
{
	buf_u8(out, INCOMPLETE_VERSION);
	for (size_t i = 0; i < l->n; i++) {
		const struct lack *x = &l->v[i];
		buf_id(out, x->stream);
		buf_u64(out, x->from);
		buf_u64(out, x->to);
		buf_id(out, x->claim);
		buf_id(out, x->claimant);
		buf_u64(out, (uint64_t)x->since);
		buf_u8(out, (uint8_t)((x->lasts ? LASTS : 0u) | (x->waits ? WAITS : 0u)));
	}
}

static err_t save(struct sync *s, const struct lacks *next)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf was = BUF_INIT, v = BUF_INIT;
	encode(&s->lacks, &was);
	encode(next, &v);
	if (was.failed || v.failed)
		return ERR_NOMEM;
	if (was.len == v.len && !memcmp(was.p, v.p, v.len))
		return ERR_OK;
	if (next->n)
		ops_put(&o, MAP_STATE, span_str(STATE_INCOMPLETE), buf_span(&v));
	else
		ops_del(&o, MAP_STATE, span_str(STATE_INCOMPLETE));
	return ops_commit(&o, s->c.map);
}

static bool decode(struct span value, struct lacks *ret)
{
	struct rd r = RD(value);
	struct lacks l = { .n = 0 };
	if (rd_u8(&r) != INCOMPLETE_VERSION)
		return false;
	while (!r.bad && r.left && l.n < LACKS_MAX) {
		struct lack *x = &l.v[l.n++];
		x->stream = rd_id(&r);
		x->from = rd_u64(&r);
		x->to = rd_u64(&r);
		x->claim = rd_id(&r);
		x->claimant = rd_id(&r);
		x->since = (int64_t)rd_u64(&r);
		const uint8_t is = rd_u8(&r);
		x->lasts = is & LASTS;
		x->waits = is & WAITS;
	}
	if (!rd_end(&r))
		return false;
	*ret = l;
	return true;
}

/* -- what follows -------------------------------------------------------------------------------------------------- */

static struct incomplete told(struct sync *s)
{
	struct incomplete r = { .is = false };
	bool waits = true;
	for (size_t i = 0; i < s->lacks.n; i++) {
		const struct lack *x = &s->lacks.v[i];
		const struct stream *st = streams_find(s, x->stream);
		waits &= x->waits || !x->lasts;
		if (!x->lasts || (r.is && r.since <= x->since * NS_PER_S))
			continue;
		r = (struct incomplete){ true, false, x->since * NS_PER_S, st ? st->number : 0, ID_ZERO };
		if (st && x->from && !x->waits)
			r.object = alarm_commit(s, st, x->from, 0);
	}
	r.waits = r.is && waits;
	return r;
}

const char *incomplete_words(const struct incomplete *x)
{
	if (x->waits)
		return "the vault is incomplete: changes that build on what was given up here are not shown";
	return "the vault is incomplete: the cloud lacks changes that another device uploaded";
}

/* tell: whoever shows it; and who is told when it begins and ends. True: that is so now. */
static bool tell(struct sync *s)
{
	const struct incomplete now = told(s);
	bool was;
	{
		guard(&s->lock);
		was = s->incomplete.is;
		s->incomplete = now;
	}
	if (was != now.is && s->c.on_incomplete.fn)
		s->c.on_incomplete.fn(s->c.on_incomplete.ctx, now.is);
	return was != now.is;
}

void sync_incomplete(struct sync *s, struct incomplete *ret)
{
	guard(&s->lock);
	*ret = s->incomplete;
}

/* says_still: its word counts: a device that was removed has no open stream. */
static bool says_still(const struct sync *s, struct id device)
{
	for (size_t i = 0; i < s->streams.n; i++)
		if (!s->streams.list[i].closed && id_eq(s->streams.list[i].device, device))
			return true;
	return false;
}

err_t incomplete_load(struct sync *s)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_INCOMPLETE), &v);
	if (e || !decode(buf_span(&v), &s->lacks))
		return e == ERR_NOTFOUND ? ERR_OK : e;
	for (size_t i = 0; i < s->lacks.n; i++) {
		const struct lack *x = &s->lacks.v[i];
		struct stream *st = streams_find(s, x->stream);
		if (!st || x->waits || x->to <= st->claimed || !says_still(s, x->claimant))
			continue;
		st->claimed = x->to;
		st->claim = x->claim;
		st->claimant = x->claimant;
	}
	tell(s);
	return ERR_OK;
}

/* whose: how its device is called; what there is of its id where that is not known. */
static void whose(struct sync *s, const struct lack *x, struct buf *out)
{
	const struct stream *st = streams_find(s, x->stream);
	char id[ID_TEXT];
	if (st && !who_name(s->c.map, st->number, out))
		return;
	id_hex(x->claimant, id);
	buf_put(out, "device ", strlen("device "));
	buf_put(out, id, 8);
}

/* name: what waits; what is lacking otherwise was named by who looked for it. */
static void name(struct sync *s, const struct lack *x)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	const struct stream *st = streams_find(s, x->stream);
	const struct transient_key k = transient_key(TRANSIENT_LACKS, x->stream, x->from);
	const struct alarm_about about = { .kind = ALARM_BUILDS_ON_LOST, .stream = st ? st->number : 0 };
	whose(s, x, &b);
	const int len = (int)MIN(b.len, (size_t)100);
	if (x->from == x->to)
		alarm_transient(
		        s, &k, &about,
		        "change %llu of %.*s is in the cloud, but not shown, as it builds on what was given up here",
		        (unsigned long long)x->to, len, (const char *)b.p);
	else
		alarm_transient(
		        s, &k, &about,
		        "changes %llu to %llu of %.*s are in the cloud, but not shown, as they build on what was "
		        "given up here",
		        (unsigned long long)x->from, (unsigned long long)x->to, len, (const char *)b.p);
}

static bool is_in(const struct lacks *l, const struct lack *x)
{
	for (size_t i = 0; i < l->n; i++)
		if (id_eq(l->v[i].stream, x->stream) && l->v[i].from == x->from && l->v[i].waits)
			return true;
	return false;
}

static void name_waits(struct sync *s, const struct lacks *next)
{
	for (size_t i = 0; i < next->n; i++)
		if (next->v[i].waits)
			name(s, &next->v[i]);
	for (size_t i = 0; i < s->lacks.n; i++) {
		const struct lack *x = &s->lacks.v[i];
		const struct transient_key k = transient_key(TRANSIENT_LACKS, x->stream, x->from);
		if (x->waits && !is_in(next, x))
			alarm_clear(s, &k);
	}
}

/* become: what is known from now on. */
static err_t become(struct sync *s, const struct lacks *next)
{
	err_t e = save(s, next);
	if (e)
		return e;
	name_waits(s, next);
	s->lacks = *next;
	if (!tell(s))
		return ERR_OK;
	if (s->incomplete.is) /* nobody else changes it */
		log_warn(AREA_SYNC, "%s", incomplete_words(&s->incomplete));
	else
		log_info(AREA_SYNC, "the vault is complete again");
	return ERR_OK;
}

static err_t look(struct sync *s, bool lasts)
{
	struct lacks next = { .looked = true };
	err_t e = given_look(s);
	if (e)
		return e;
	note_streams(s, &next);
	note_unproved(s, &next);
	note_waiting(s, &next);
	for (size_t i = 0; i < next.n; i++)
		next.v[i].lasts |= lasts;
	return become(s, &next);
}

/* is_given: all of it. */
static bool is_given(const struct sync *s, const struct lack *x)
{
	return x->from ? x->to <= given_to(s, x->stream) : given_unproved(s, x->stream);
}

err_t incomplete_forget(struct sync *s)
{
	struct lacks next = { .looked = s->lacks.looked };
	for (size_t i = 0; i < s->lacks.n; i++) {
		const struct lack *x = &s->lacks.v[i];
		if (!is_given(s, x))
			next.v[next.n++] = *x;
		else if (x->from) {
			alarm_over(s, TRANSIENT_LACKS, x->stream);
			alarm_over(s, TRANSIENT_COMMIT, x->stream);
		} else {
			alarm_over(s, TRANSIENT_STATEMENT, ID_ZERO);
		}
	}
	return become(s, &next);
}

err_t incomplete_look(struct sync *s)
{
	return look(s, false);
}

err_t incomplete_joined(struct sync *s)
{
	return look(s, true);
}
