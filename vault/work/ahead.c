/* SPDX-License-Identifier: MIT */
#include "vault/work/ahead.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "vault/work/index.h"
#include "vault/work/operate.h"
#include "vault/work/parted.h"
#include "vault/work/parts.h"

#include <time.h>

#define OTHERS_SHARE 4 /* for a stop of so long, others get that part of it before the next */
#define OTHERS_MOST (50 * NS_PER_MS)

/* -- making -------------------------------------------------------------------------------------------------------- */

static unsigned part_of(const struct work *w)
{
	return w->cfg.part ? w->cfg.part : AHEAD_PART;
}

static err_t begin(struct work *w, const struct view *published, const struct records *changes)
{
	const struct following_config c = { w->changeset, &w->index, w->cfg.hash, published,
		                            changes,      &w->gone,  part_of(w) };
	return following_new(&c, &w->ahead.following);
}

static err_t begin_news(struct work *w, const struct records *changes)
{
	const struct news_config c = { w->ahead.following, changes, &w->naming, &w->told, part_of(w) };
	return news_new(&c, &w->ahead.news);
}

void ahead_drop(struct work *w)
{
	news_freep(&w->ahead.news);
	following_freep(&w->ahead.following);
	records_free(&w->ahead.touched);
	w->ahead.noting = w->ahead.all = false;
}

static err_t drop(void *ctx)
{
	ahead_drop(ctx);
	return ERR_OK;
}

/* -- in stops ------------------------------------------------------------------------------------------------------ */

static err_t follow_one(void *ctx)
{
	struct work *w = ctx;
	w->ahead.noting = true;
	return following_make(w->ahead.following);
}

/* settle_now: so that news are made of what belongs together. */
static err_t settle_now(void *ctx)
{
	struct work *w = ctx;
	err_t e = following_settle(w->ahead.following, &w->ahead.touched);
	records_free(&w->ahead.touched);
	return e;
}

/* tell_numbers, tell_names: nobody may be told meanwhile. */
static err_t tell_numbers(void *ctx)
{
	struct work *w = ctx;
	return w->told.tell ? news_numbers(w->ahead.news) : ERR_NOTFOUND;
}

static err_t tell_names(void *ctx)
{
	struct work *w = ctx;
	return w->told.tell ? news_names(w->ahead.news) : ERR_NOTFOUND;
}

/* let_others: who waits would else hardly get between two stops. */
static void let_others(int64_t took)
{
	const int64_t rest = MIN(took / OTHERS_SHARE, OTHERS_MOST);
	nanosleep(&(struct timespec){ .tv_nsec = rest }, NULL);
}

/* stage: until all of it is made. */
static err_t stage(struct work *w, err_t (*step)(void *ctx))
{
	err_t e = ERR_OK;
	while (!e) {
		const int64_t start = clock_mono();
		e = map_stopped(w->cfg.map, step, w);
		let_others(clock_mono() - start);
	}
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t in_stops(struct work *w, const struct records *changes)
{
	err_t e = stage(w, follow_one);
	if (!e)
		e = map_stopped(w->cfg.map, settle_now, w);
	if (!e)
		e = begin_news(w, changes);
	if (!e)
		e = stage(w, tell_numbers);
	if (!e)
		e = news_list(w->ahead.news);
	return e ? e : stage(w, tell_names);
}

err_t ahead_prepare(struct work *w, const struct view *published, const struct records *changes)
{
	err_t e = begin(w, published, changes);
	if (!e && following_parts(w->ahead.following) > 1)
		e = in_stops(w, changes);
	const err_t dropped = e ? map_stopped(w->cfg.map, drop, w) : ERR_OK;
	return e ? e : dropped;
}

/* -- meanwhile ----------------------------------------------------------------------------------------------------- */

static err_t add_keys(struct records *to, const struct records *from)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < from->n; i++)
		e = records_gone(to, records_key(from->v[i]));
	return e;
}

void ahead_note(struct work *w, const struct work_op *op, const struct records *local)
{
	struct ahead *a = &w->ahead;
	if (!a->noting)
		return;
	err_t e = add_keys(&a->touched, draft_records(&op->o.draft));
	if (!e)
		e = add_keys(&a->touched, &op->o.draft.loaded);
	if (!e)
		e = add_keys(&a->touched, local);
	a->all |= e != ERR_OK;
}

/* -- in the last stop ---------------------------------------------------------------------------------------------- */

/* list_news: what is shown otherwise, now that all is made. */
static err_t list_news(struct work *w)
{
	cleanup(following_states_end) struct following_states s = { 0 };
	cleanup(clusters_free) struct clusters names = { 0 };
	cleanup(u64s_free) struct u64s parted = { 0 };
	const struct parting parting = { w->act.handles.all, &w->told, &w->drawn, &w->next, &names, &parted };
	struct tree_naming naming = w->naming;
	following_states(w->ahead.following, NULL, &s);
	err_t e = parted_find(&s.is, &w->naming, &parting);
	naming.stand_ins = &w->next;
	const struct work_step step = { &s.was, &s.is, &w->naming, &naming, &w->told };
	const struct news_last last = { &step, &names, &parted, &w->ahead.touched };
	return e ? e : news_settle(w->ahead.news, &last, &w->news);
}

err_t ahead_follow(struct work *w, const struct view *published, const struct records *changes, struct batch *b)
{
	struct ahead *a = &w->ahead;
	const bool told = w->told.tell;
	if (a->all)
		ahead_drop(w);
	err_t e = a->following ? ERR_OK : begin(w, published, changes);
	if (!e)
		e = following_settle(a->following, &a->touched);
	if (!e && told && !a->news)
		e = begin_news(w, changes);
	if (!e && told)
		e = list_news(w);
	if (!e)
		index_put(&w->index, b, following_local(a->following));
	return e;
}
