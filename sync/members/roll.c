/* SPDX-License-Identifier: MIT */
#include "sync/members/roll.h"

#include "sync/core/sync_struct.h"
#include "sync/members/roll_hash.h"
#include "sync/members/statements.h"

void roll_free(struct roll *r)
{
	free(r->v);
	*r = (struct roll){ 0 };
}

/* -- by statements ----------------------------------------------------------------------------------------------- */

static struct roll_by by_of(const struct roster *r, const struct roster_said *x)
{
	return (struct roll_by){ x->s->as.signer, r->signer[x->signer].who.kind, x->s->as.time };
}

/* first: of two that say the same; in one second a slot, behind whom devices say it again (vouch.h). */
static bool first(struct roll_by a, struct roll_by b)
{
	return a.time != b.time ? a.time < b.time : a.kind != SIGNER_DEVICE && b.kind == SIGNER_DEVICE;
}

/* note: the first that was said of it; what counts goes before what does not. */
static void note(struct roll_by *at, bool *counts, struct roll_by by, bool by_counts)
{
	bool better = by_counts > *counts || (by_counts == *counts && first(by, *at));
	if (at->time && !better)
		return;
	*at = by;
	*counts = by_counts;
}

struct making {
	const struct sync *s;
	const struct roster *r;
	struct roll_device *v; /* one for each signer, of which some are no devices */
	bool *counts;          /* of each: `admitted` */
};

static void making_free(struct making *m)
{
	free(m->v);
	free(m->counts);
}

static void said(struct making *m, size_t i)
{
	const struct roster_said *x = &m->r->said[i];
	bool always = true;
	if (x->about == ROSTER_NONE)
		return;
	if (x->s->as.kind == SIGNER_JOIN)
		note(&m->v[x->about].admitted, &m->counts[x->about], by_of(m->r, x), roster_counts(m->r, i));
	if (x->revokes)
		note(&m->v[x->about].revoked, &always, by_of(m->r, x), true);
}

static enum roll_state state_of(const struct roster_signer *x, const struct roll_device *d)
{
	if (roster_member(x))
		return d->n ? ROLL_MEMBER : ROLL_PENDING;
	return x->pinned ? ROLL_REVOKED : ROLL_NEVER;
}

/* -- by streams -------------------------------------------------------------------------------------------------- */

static void stream(struct making *m, const struct stream *st)
{
	const struct roster_signer *x = roster_who(m->r, st->device);
	struct roll_device *d = x ? &m->v[x - m->r->signer] : NULL;
	uint64_t n = MAX(st->seen.n, st->applied.n);
	if (!d || !n || (d->n && st->time < d->seen))
		return;
	d->n = n;
	d->seen = st->time;
}

/* -- all of it --------------------------------------------------------------------------------------------------- */

static int by_time(const void *pa, const void *pb)
{
	const struct roll_device *a = pa, *b = pb;
	if (a->admitted.time != b->admitted.time)
		return a->admitted.time < b->admitted.time ? -1 : 1;
	return id_cmp(a->id, b->id);
}

/* devices_only: what is no device goes. */
static size_t devices_only(struct making *m)
{
	size_t n = 0;
	for (size_t i = 0; i < m->r->signer_n; i++) {
		const struct roster_signer *x = &m->r->signer[i];
		if (x->who.kind != SIGNER_DEVICE)
			continue;
		m->v[i].id = x->id;
		m->v[i].own = id_eq(x->id, m->s->device);
		m->v[i].state = state_of(x, &m->v[i]);
		if (x->by_genesis)
			m->v[i].admitted = (struct roll_by){ 0 };
		m->v[n++] = m->v[i];
	}
	if (n)
		qsort(m->v, n, sizeof(*m->v), by_time);
	return n;
}

err_t roll_make(struct sync *s)
{
	const struct roster *r = &s->statements->roster;
	cleanup(making_free) struct making m = { .s = s, .r = r };
	struct roll now = { 0 };
	m.v = calloc(r->signer_n + 1, sizeof(*m.v));
	m.counts = calloc(r->signer_n + 1, sizeof(*m.counts));
	if (!m.v || !m.counts)
		return ERR_NOMEM;
	err_t e = roll_hashes(s, &now.hashes);
	if (e)
		return e;
	for (size_t i = 0; i < r->said_n; i++)
		said(&m, i);
	for (size_t i = 0; i < s->streams.n; i++)
		stream(&m, &s->streams.list[i]);
	now.n = devices_only(&m);
	now.v = steal_ptr(m.v);
	guard(&s->lock);
	roll_free(&s->roll);
	s->roll = now;
	return ERR_OK;
}

err_t roll_get(struct sync *s, struct roll *ret)
{
	guard(&s->lock);
	struct roll copy = s->roll;
	copy.v = calloc(copy.n + 1, sizeof(*copy.v));
	if (!copy.v)
		return ERR_NOMEM;
	if (copy.n)
		memcpy(copy.v, s->roll.v, copy.n * sizeof(*copy.v));
	*ret = copy;
	return ERR_OK;
}
