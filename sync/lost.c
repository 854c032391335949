/* SPDX-License-Identifier: MIT */
#include "sync/lost.h"

#include "sync/core/stored.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/engine.h"
#include "sync/incomplete.h"
#include "sync/members/saying.h"
#include "sync/saved.h"
#include "sync/status.h"

/* -- what there is ------------------------------------------------------------------------------------------------- */

static struct lost_commits of_lack(struct sync *s, const struct lack *x)
{
	const struct stream *st = streams_find(s, x->stream);
	struct lost_commits r = { .stream = st ? st->number : 0, .lasts = x->lasts };
	r.is = (struct given){ x->stream, x->from, x->to, x->claimant, x->since, 0, x->waits };
	return r;
}

static void commits_of(struct sync *s, struct lost *ret)
{
	for (size_t i = 0; i < s->lacks.n; i++)
		ret->now[ret->n++] = of_lack(s, &s->lacks.v[i]);
	for (size_t i = 0; i < s->givens.n; i++) {
		const struct stream *st = streams_find(s, s->givens.v[i].stream);
		ret->given[ret->given_n++] = (struct lost_commits){ st ? st->number : 0, s->givens.v[i], true };
	}
}

/* -- what stands on it --------------------------------------------------------------------------------------------- */

/* falls: that commit would be given up: it is of what lasts, and was not before. */
static bool falls(const struct sync *s, const struct lost *l, struct position p)
{
	bool is = false;
	for (size_t i = 0; i < l->n; i++) {
		const struct givens one = { { l->now[i].is }, 1 };
		is |= l->now[i].lasts && givens_cover(&one, p);
	}
	return is && !givens_cover(&s->givens, p);
}

/* is_shown: it is in the list by its own number; behind such a one nothing of its stream is shown either. */
static bool is_shown(const struct lost *l, const struct stream *st, struct position at)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct lost_commits *x = &l->now[i];
		if (x->lasts && id_eq(x->is.stream, st->id) && x->is.from <= at.n && at.n <= x->is.to)
			return true;
	}
	return false;
}

/* stands_one: that commit waits for one that would be given up, so it and what is here behind it would be, too. True:
 * it was not in the list. */
static bool stands_one(struct sync *s, struct lost *l, struct position at, struct position lacks)
{
	const struct stream *st = streams_number(s, at.stream);
	if (!st || !falls(s, l, lacks) || givens_cover(&s->givens, at) || is_shown(l, st, at))
		return false;
	if (l->n == ARRAY_LEN(l->now)) {
		l->too_many = true;
		return false;
	}
	struct lost_commits x = { .stream = st->number, .lasts = true };
	x.is = (struct given){ .stream = st->id, .to = MAX(at.n, st->seen.n), .claimant = st->device, .waits = true };
	x.is.from = MIN(MAX(given_to(s, st->id), st->applied.n) + 1, at.n);
	l->now[l->n++] = x;
	return true;
}

static void stands(struct sync *s, struct lost *l)
{
	const struct room *room = &s->deliver->room;
	bool more = true;
	while (more) {
		more = false;
		for (const struct arrival *a = room->first; a; a = a->next)
			more |= stands_one(s, l, a->at, a->lacks);
		for (size_t i = 0; i < room->turned_n; i++)
			more |= stands_one(s, l, room->turned[i].at, room->turned[i].lacks);
	}
}

/* -- contents ------------------------------------------------------------------------------------------------------ */

/* is_known: it was looked at whole, and that is what it lacks. */
static bool is_known(const struct stored *x)
{
	return x->lost && x->missing;
}

static void count(struct lost_contents *c, const struct stored *x)
{
	c->objects++;
	c->bytes += x->size;
}

static void contents_of(const struct stored_list *all, struct lost *ret)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct stored *x = &all->v[i];
		if (is_known(x))
			count(x->given ? &ret->contents_given : &ret->contents, x);
	}
}

/* -- its token ----------------------------------------------------------------------------------------------------- */

static int by_id(const void *pa, const void *pb)
{
	const struct stored *a = pa, *b = pb;
	return id_cmp(a->segment, b->segment);
}

static bool is_givable(const struct stored *x)
{
	return is_known(x) && !x->given;
}

/* token_of: of all that would be given up, in an order of its own. */
static err_t token_of(const struct lost *l, struct stored_list *all, struct id *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct hash hash;
	for (size_t i = 0; i < l->n; i++) {
		if (!l->now[i].lasts)
			continue;
		buf_id(&b, l->now[i].is.stream);
		buf_u64(&b, l->now[i].is.from);
		buf_u64(&b, l->now[i].is.to);
	}
	if (all->n)
		qsort(all->v, all->n, sizeof(*all->v), by_id);
	for (size_t i = 0; i < all->n; i++) {
		if (!is_givable(&all->v[i]))
			continue;
		buf_id(&b, all->v[i].segment);
		buf_u32(&b, all->v[i].missing);
	}
	*ret = ID_ZERO;
	if (!b.failed && !b.len)
		return ERR_OK;
	err_t e = b.failed ? ERR_NOMEM : crypto_sha256(buf_span(&b), &hash);
	if (!e)
		*ret = id_from(hash.b);
	return e;
}

/* known: with `work` held. */
static err_t known(struct sync *s, struct stored_list *all, struct lost *ret)
{
	*ret = (struct lost){ .n = 0 };
	err_t e = stored_all(s->c.map, all);
	if (e)
		return e;
	commits_of(s, ret);
	stands(s, ret);
	contents_of(all, ret);
	return token_of(ret, all, &ret->token);
}

static err_t not_now(struct why *why)
{
	return why_set(why, ERR_TIMEOUT, "the cloud is being asked something and does not answer: try again");
}

err_t lost_get(struct sync *s, unsigned timeout_ms, struct lost *ret, struct why *why)
{
	cleanup(stored_list_free) struct stored_list all = { 0 };
	if (!saying_lock(s, timeout_ms))
		return not_now(why);
	err_t e = known(s, &all, ret);
	pthread_mutex_unlock(&s->work);
	return e;
}

/* -- asking the store ---------------------------------------------------------------------------------------------- */

err_t lost_look(struct sync *s, unsigned timeout_ms, struct why *why)
{
	if (!saying_lock(s, timeout_ms))
		return not_now(why);
	s->lacks.looked = false;
	s->heads.read = 0; /* the next round reads them */
	pthread_mutex_unlock(&s->work);
	struct why said = { 0 };
	err_t waited = sync_wait(s, timeout_ms, &said);
	if (!saying_lock(s, timeout_ms))
		return not_now(why);
	const bool looked = s->lacks.looked && !s->contents.unasked;
	pthread_mutex_unlock(&s->work);
	if (looked)
		return ERR_OK;
	const err_t e = waited ? waited : ERR_NET;
	return why_set(why, e, "%s", said.text[0] ? said.text : err_text(e));
}

/* -- giving it up -------------------------------------------------------------------------------------------------- */

static err_t commits(struct sync *s, const struct lost *l, int64_t now)
{
	struct givens next = s->givens;
	err_t e = l->too_many ? ERR_LIMIT : ERR_OK;
	for (size_t i = 0; !e && i < l->n; i++) {
		struct given x = l->now[i].is;
		x.when = now;
		if (!x.since)
			x.since = now;
		if (l->now[i].lasts)
			e = given_add(&next, &x);
	}
	if (!e)
		e = given_keep(s, &next);
	return e ? e : incomplete_forget(s);
}

static err_t contents(struct sync *s, const struct stored_list *all, int64_t now)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	const struct transient_key k = transient_key(TRANSIENT_CONTENTS, ID_ZERO, 0);
	for (size_t i = 0; i < all->n; i++) {
		struct stored x = all->v[i];
		if (!is_givable(&x))
			continue;
		x.given = true;
		x.looked = now;
		stored_put(&o, &x);
	}
	bool any = false;
	for (size_t i = 0; i < all->n; i++)
		any |= stored_is_lack(&all->v[i]) && !is_givable(&all->v[i]);
	stored_put_lost(&o, any);
	err_t e = ops_commit(&o, s->c.map);
	if (!e && !any)
		alarm_clear(s, &k);
	return e;
}

static err_t give_up(struct sync *s, struct id token, struct why *why)
{
	cleanup(stored_list_free) struct stored_list all = { 0 };
	cleanup_free struct lost *l = calloc(1, sizeof(*l));
	const int64_t now = s->c.clock.wall(s->c.clock.ctx) / NS_PER_S;
	err_t e = l ? known(s, &all, l) : ERR_NOMEM;
	if (e)
		return e;
	if (id_is_zero(l->token))
		return why_set(why, ERR_NOTFOUND, "nothing is known to be lost for good: nothing was given up");
	if (!id_eq(l->token, token))
		return why_set(why, ERR_BUSY,
		               "what is lost is not what was shown any more: nothing was given up: run it again");
	e = commits(s, l, now);
	if (!e && l->contents.objects)
		e = contents(s, &all, now);
	if (e == ERR_LIMIT)
		return why_set(why, e, "too much is lost to be given up");
	return e;
}

err_t lost_give_up(struct sync *s, struct id token, unsigned timeout_ms, struct why *why)
{
	if (!saying_lock(s, timeout_ms))
		return not_now(why);
	err_t e = give_up(s, token, why);
	if (!e)
		sync_mirror(s, s->st.stopped ? ERR_FORK : ERR_OK);
	pthread_mutex_unlock(&s->work);
	return e;
}
