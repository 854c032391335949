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
	return why_set(why, e, "whether the cloud still lacks it cannot be seen now (%.200s)",
	               said.text[0] ? said.text : err_text(e));
}

/* -- giving it up -------------------------------------------------------------------------------------------------- */

/* stands: what waits for what is given up, and so on. *ret: some was added. */
static err_t stands_one(struct sync *s, struct givens *next, const struct given *as, struct position at, bool *ret)
{
	const struct stream *st = streams_number(s, at.stream);
	struct given x = *as;
	if (!st || givens_cover(next, at))
		return ERR_OK;
	x.stream = st->id;
	x.from = MIN(st->applied.n + 1, at.n);
	x.to = MAX(at.n, st->seen.n);
	x.claimant = st->device;
	x.waits = true;
	*ret = true;
	return given_add(next, &x);
}

static err_t stands(struct sync *s, struct givens *next, const struct given *as)
{
	const struct room *room = &s->deliver->room;
	bool more = true;
	err_t e = ERR_OK;
	while (!e && more) {
		more = false;
		for (const struct arrival *a = room->first; !e && a; a = a->next)
			if (givens_cover(next, a->lacks))
				e = stands_one(s, next, as, a->at, &more);
		for (size_t i = 0; !e && i < room->turned_n; i++)
			if (givens_cover(next, room->turned[i].lacks))
				e = stands_one(s, next, as, room->turned[i].at, &more);
	}
	return e;
}

static err_t commits(struct sync *s, const struct lost *l, int64_t now)
{
	struct givens next = s->givens;
	const struct given as = { .since = now, .when = now };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < l->n; i++) {
		struct given x = l->now[i].is;
		x.when = now;
		if (l->now[i].lasts)
			e = given_add(&next, &x);
	}
	if (!e)
		e = stands(s, &next, &as);
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
		return why_set(why, ERR_BUSY, "what is lost is not what was shown any more: nothing was given up");
	e = commits(s, l, now);
	if (!e && l->contents.objects)
		e = contents(s, &all, now);
	if (e == ERR_LIMIT)
		return why_set(why, e, "too many devices lack something: rebuild this vault here instead");
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
