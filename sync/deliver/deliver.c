/* SPDX-License-Identifier: MIT */
#include "sync/deliver/deliver.h"

#include "sync/core/placed.h"
#include "sync/core/state_form.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/digest.h"
#include "sync/deliver/past_map.h"
#include "sync/deliver/place.h"
#include "sync/deliver/refuse.h"
#include "util/trace.h"
#include "vault/changeset/deliver.h"
#include "vault/join/digest.h"
#include "vault/join/epoch.h"
#include "vault/objects/pack.h"

/* -- the engine's part of struct sync ---------------------------------------------------------------------------- */

static void drop(void *ctx, struct arrival *a)
{
	(void)ctx;
	pulled_free(pulled_of(a));
}

err_t deliver_open(struct sync *s)
{
	cleanup(deliver_freep) struct deliver *d = calloc(1, sizeof(*d));
	if (!d)
		return ERR_NOMEM;
	d->room.drop = drop;
	err_t e = place_read_branches(s->c.map, &d->branches);
	if (!e)
		e = place_read_covered(s->c.map, &d->covered);
	for (size_t i = 0; i < s->streams.n; i++)
		s->streams.list[i].seen = s->streams.list[i].applied;
	if (!e)
		s->deliver = steal_ptr(d);
	return e;
}

void deliver_freep(struct deliver **d)
{
	if (!*d)
		return;
	room_free(&(*d)->room);
	vv_free(&(*d)->branches);
	vv_free(&(*d)->covered);
	free(*d);
	*d = NULL;
}

err_t deliver_knows(struct sync *s, struct position p, bool *ret)
{
	struct past past = past_of_map(s->c.map);
	err_t e = past.find(past.ctx, p, NULL);
	if (e && e != ERR_NOTFOUND)
		return e;
	*ret = !e || room_has(&s->deliver->room, p);
	return ERR_OK;
}

/* -- one commit joins -------------------------------------------------------------------------------------------- */

struct joining { /* what changes with its records */
	struct sync *s;
	const struct pulled *p;
	struct past_basis basis;
	struct place_change place;
	struct lthash digest; /* behind it */
	struct started started;
};

static void joining_free(struct joining *j)
{
	started_wipe(&j->started);
	past_basis_free(&j->basis);
	place_change_free(&j->place);
}

static struct claim claim_of(const struct pulled *p)
{
	return (struct claim){ p->arrival.at, p->arrival.previous, &p->arrival.entries, (uint32_t)p->n };
}

/* joins: beside the records, in their batch. */
static err_t joins(void *ctx, const struct view *published, const struct records *changes, struct batch *b)
{
	struct joining *j = ctx;
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(placing_free) struct placing placing = { j->s->c.map, INO_SET_INIT };
	struct claim claim = claim_of(j->p);
	j->digest = j->s->st.digest;
	err_t e = digest_change(&j->digest, published, changes);
	if (e)
		return e;
	for (size_t i = 0; !e && i < changes->n; i++)
		if (!changes->v[i]->gone)
			e = placed_put(&placing, &o, records_key(changes->v[i]), buf_span(&changes->v[i]->value));
	if (e)
		return e;
	state_put_digest(&o, &j->digest);
	place_put(&o, &j->place);
	if (j->started.number)
		j->s->deliver->starts.put(&o, &j->started);
	past_remember(&o, &claim, &j->basis, pulled_last(j->p)->lamport);
	return ops_batch(&o, b);
}

static err_t add_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static err_t records_of(const struct pulled *p, struct records *out)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < p->n; i++)
		e = pack_read(p->parts[i].c.pack, add_visit, out);
	return e;
}

static err_t join_records(struct joining *j)
{
	cleanup(records_free) struct records records = RECORDS_INIT;
	struct follow f = { joins, j };
	err_t e = records_of(j->p, &records);
	if (e)
		return e;
	struct delivery d = { &records, pulled_last(j->p)->lamport, &f, j->s->at.follow };
	return changeset_deliver(j->s->at.changeset, &d);
}

/* joined: memory follows the map. */
static void joined(struct joining *j)
{
	struct sync *s = j->s;
	s->st.digest = j->digest;
	place_done(s, &s->deliver->branches, &j->place);
	room_applied(&s->deliver->room, j->p->arrival.at);
	s->deliver->applied++;
	s->st.chain_bytes += j->p->stored;
	s->heads.due = true;
	if (j->place.begins)
		refuse_branch(s, j->p);
	log_info(AREA_SYNC, "commit %llu of stream %016llx applied: %zu part(s), %llu bytes",
	         (unsigned long long)j->p->arrival.at.n, (unsigned long long)j->p->arrival.at.stream, j->p->n,
	         (unsigned long long)j->p->stored);
}

static err_t join_one(struct joining *j)
{
	struct sync *s = j->s;
	struct position at = j->p->arrival.at;
	TRACE(apply_begin, at.stream, at.n);
	err_t e = join_records(j);
	TRACE(apply_end, at.stream, at.n, e);
	if (e)
		return e;
	joined(j);
	if (j->started.number)
		e = s->deliver->starts.add(s, &j->started);
	if (e)
		return e;
	return digest_compare(s, j->p, &j->basis.vv);
}

/* begins: what it begins, if it does. */
static err_t begins(struct joining *j, enum start_seen *ret)
{
	const struct commit *c = pulled_last(j->p);
	*ret = START_GOOD;
	if (!c->start.len)
		return ERR_OK;
	err_t e = j->s->deliver->starts.look(j->s, j->p, &j->started, ret);
	if (!e && *ret == START_GOOD) /* what it stands on began less */
		j->basis.epoch = j->basis.epoch_most = j->started.number;
	return e;
}

static err_t refuse_it(struct sync *s, const struct pulled *p, enum refusal why)
{
	refuse_named(s, p, why);
	return room_refuse(&s->deliver->room, p->arrival.at);
}

/* deliver_one: all its causes are applied. *ret_held: it is to wait all the same. */
static err_t deliver_one(struct sync *s, const struct pulled *p, bool *ret_applied, bool *ret_held)
{
	enum start_seen seen = START_GOOD;
	cleanup(joining_free) struct joining j = { .s = s, .p = p };
	struct past past = past_of_map(s->c.map);
	struct claim claim = claim_of(p);
	enum refusal why = REFUSED_NOT;
	err_t e = past_basis_of(&past, &claim, &j.basis);
	if (e == ERR_NOTFOUND || e == ERR_LIMIT) {
		refuse_unknown(s, p);
		return room_refuse(&s->deliver->room, p->arrival.at);
	}
	if (!e)
		e = refuse_look(s, p, &j.basis, &why);
	if (e)
		return e;
	if (why)
		return refuse_it(s, p, why);
	e = begins(&j, &seen);
	*ret_held = !e && seen == START_HELD;
	if (e || *ret_held)
		return e;
	if (seen == START_BAD)
		return refuse_it(s, p, REFUSED_EPOCH);
	e = place_change(s, &s->deliver->branches, p, &j.place);
	if (e == ERR_LIMIT) {
		refuse_branches(s, p);
		return room_refuse(&s->deliver->room, p->arrival.at);
	}
	if (!e)
		e = join_one(&j);
	*ret_applied |= !e;
	return e;
}

/* -- what is ready ----------------------------------------------------------------------------------------------- */

err_t deliver_held(const struct sync *s, struct hashes *ret)
{
	err_t e = ERR_OK;
	for (struct arrival *a = s->deliver->room.first; a && !e; a = a->next) {
		const struct commit *c = pulled_last(pulled_of(a));
		struct hash id;
		if (position_cmp(a->lacks, a->at) || !c->start.len)
			continue;
		e = epoch_id(c->start, &id);
		if (!e)
			e = hashes_add(ret, id);
	}
	return e;
}

/* deliver_ready: what became ready by that. */
static err_t deliver_ready(struct sync *s, bool *ret_applied)
{
	struct past past = past_of_map(s->c.map);
	for (;;) {
		struct arrival *a = NULL;
		err_t e = room_next(&s->deliver->room, &past, &a);
		if (e || !a)
			return e;
		cleanup(pulled_freep) struct pulled *p = pulled_of(a);
		bool held = false;
		e = deliver_one(s, p, ret_applied, &held);
		if (e)
			return e;
		if (held && room_hold(&s->deliver->room, &p->arrival))
			p = NULL; /* the room's */
	}
}

err_t deliver_arrived(struct sync *s, struct pulled *taken, enum ready *ret, bool *ret_applied)
{
	cleanup(pulled_freep) struct pulled *p = taken;
	struct past past = past_of_map(s->c.map);
	enum ready what;
	bool held = false;
	err_t e = room_put(&s->deliver->room, &past, &p->arrival, &what);
	if (!e && what == READY_NOW)
		e = deliver_one(s, p, ret_applied, &held);
	if (e)
		return e;
	if (held)
		what = room_hold(&s->deliver->room, &p->arrival) ? READY_LATER : READY_FULL;
	*ret = what;
	if (what == READY_LATER)
		p = NULL; /* the room's */
	if (what == READY_NEVER)
		refuse_stands(p);
	return what == READY_LATER || what == READY_FULL ? ERR_OK : deliver_ready(s, ret_applied);
}

err_t deliver_again(struct sync *s, bool *ret_applied)
{
	return room_look_again(&s->deliver->room) ? deliver_ready(s, ret_applied) : ERR_OK;
}
