/* SPDX-License-Identifier: MIT */
#include "vault/members/roster_streams.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/members/pins.h"

struct making {
	const struct roster *r;
	struct roster_streams *l;
};

void roster_streams_free(struct roster_streams *l)
{
	free(l->v);
	free(l->by_number);
	*l = (struct roster_streams){ 0 };
}

uint64_t roster_streams_number(struct hash stream)
{
	struct rd r = RD(hash_span(&stream));
	return rd_u64(&r);
}

/* -- which there are --------------------------------------------------------------------------------------------- */

static int by_rank(const void *pa, const void *pb, void *ctx)
{
	const struct roster_stream *a = pa, *b = pb;
	const struct roster *r = ctx;
	uint32_t ra = r->signer[a->device].rank, rb = r->signer[b->device].rank;
	if (ra != rb)
		return ra < rb ? -1 : 1;
	return hash_cmp(a->hash, b->hash);
}

static int by_number(const void *pa, const void *pb, void *ctx)
{
	const struct roster_stream *v = ctx;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	if (v[a].number != v[b].number)
		return v[a].number < v[b].number ? -1 : 1;
	return a < b ? -1 : a > b;
}

static err_t gather(struct making *m)
{
	struct roster_streams *l = m->l;
	for (size_t i = 0; i < m->r->said_n; i++) {
		const struct roster_said *x = &m->r->said[i];
		if (x->s->as.kind != SIGNER_INCARNATION || m->r->signer[x->signer].who.kind != SIGNER_DEVICE)
			continue;
		if (!vec_room(l->v, l->n, 1, &l->cap))
			return ERR_NOMEM;
		l->v[l->n] = (struct roster_stream){ .hash = x->s->hash, .said = i, .device = x->signer };
		l->v[l->n].number = roster_streams_number(x->s->hash);
		l->n++;
	}
	l->by_number = calloc(l->n + 1, sizeof(*l->by_number));
	if (!l->by_number)
		return ERR_NOMEM;
	for (size_t i = 0; i < l->n; i++)
		l->by_number[i] = i;
	if (!l->n)
		return ERR_OK;
	qsort_r(l->v, l->n, sizeof(*l->v), by_rank, (void *)m->r);
	qsort_r(l->by_number, l->n, sizeof(*l->by_number), by_number, l->v);
	return ERR_OK;
}

/* find: the first one of that number. */
static struct roster_stream *find(const struct roster_streams *l, uint64_t number)
{
	size_t from = 0, to = l->n;
	while (from < to) {
		size_t at = from + (to - from) / 2;
		if (l->v[l->by_number[at]].number < number)
			from = at + 1;
		else
			to = at;
	}
	struct roster_stream *s = from < l->n ? &l->v[l->by_number[from]] : NULL;
	return s && s->number == number ? s : NULL;
}

const struct roster_stream *roster_streams_find(const struct roster_streams *l, uint64_t number)
{
	return find(l, number);
}

/* -- where they are cut ------------------------------------------------------------------------------------------ */

static void cut(struct roster_stream *s, uint64_t n, struct hash end)
{
	if (s->cut && (n != s->n ? n > s->n : hash_cmp(end, s->end) >= 0))
		return;
	s->cut = true;
	s->n = n;
	s->end = end;
}

/* cut_named: the streams that `ends` name, of that device alone unless that is ROSTER_NONE. */
static void cut_named(struct making *m, const struct stream_ends *ends, size_t device)
{
	for (size_t i = 0; i < ends->n; i++) {
		struct roster_stream *s = find(m->l, ends->v[i].stream);
		if (s && (device == ROSTER_NONE || s->device == device))
			cut(s, ends->v[i].n, ends->v[i].hash);
	}
}

static bool names(const struct stream_ends *ends, uint64_t stream)
{
	size_t from = 0, to = ends->n;
	while (from < to) {
		size_t at = from + (to - from) / 2;
		if (ends->v[at].stream == stream)
			return true;
		if (ends->v[at].stream < stream)
			from = at + 1;
		else
			to = at;
	}
	return false;
}

/* cut_others: of a revoked device the streams that `ends` do not name. */
static void cut_others(struct making *m, const struct stream_ends *ends, size_t device)
{
	for (size_t i = 0; i < m->l->n; i++) {
		struct roster_stream *s = &m->l->v[i];
		if (s->device == device && (!names(ends, s->number) || find(m->l, s->number) != s))
			cut(s, 0, HASH_ZERO);
	}
}

static err_t cut_by(struct making *m, size_t i)
{
	cleanup_free struct stream_end *v = NULL;
	const struct roster_said *x = &m->r->said[i];
	struct stream_ends ends = { 0 };
	bool device = m->r->signer[x->signer].who.kind == SIGNER_DEVICE;
	bool says = x->revokes || (pins_counts(m->r, i) &&
	                           (x->s->as.kind == SIGNER_CLOSE || (x->s->as.kind == SIGNER_INCARNATION && device)));
	err_t e = says ? heard_ends(x->s, &ends) : ERR_OK;
	v = ends.v;
	if (e || !says)
		return e;
	if (x->s->as.kind == SIGNER_CLOSE)
		cut_named(m, &ends, ROSTER_NONE);
	else
		cut_named(m, &ends, x->revokes ? x->about : x->signer);
	if (x->revokes)
		cut_others(m, &ends, x->about);
	return ERR_OK;
}

/* -- which begin -------------------------------------------------------------------------------------------------- */

struct begun {
	size_t all, open; /* that take a place */
};

/* begin: a stream whose statement counts. */
static void begin(struct making *m, struct roster_stream *s, struct begun *n)
{
	bool empty = s->cut && !s->n;
	bool room = empty || (n->all < STREAMS_MAX && (s->cut || n->open < STREAMS_OPEN_MAX));
	s->begins = room && s->number && find(m->l, s->number) == s;
	n->all += s->begins && !empty;
	n->open += s->begins && !s->cut;
}

static void begin_all(struct making *m)
{
	struct begun n = { 0 };
	for (size_t i = 0; i < m->l->n; i++) {
		struct roster_stream *s = &m->l->v[i];
		if (pins_counts(m->r, s->said))
			begin(m, s, &n);
		else if (!s->cut)
			cut(s, 0, HASH_ZERO);
	}
}

err_t roster_streams_make(const struct roster *r, struct roster_streams *ret)
{
	cleanup(roster_streams_free) struct roster_streams l = { 0 };
	struct making m = { .r = r, .l = &l };
	err_t e = gather(&m);
	for (size_t i = 0; !e && i < r->said_n; i++)
		e = cut_by(&m, i);
	if (e)
		return e;
	begin_all(&m);
	*ret = l;
	l = (struct roster_streams){ 0 };
	return ERR_OK;
}
