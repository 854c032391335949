/* SPDX-License-Identifier: MIT */
#include "vault/work/work.h"

#include "util/clock.h"
#include "vault/work/kept.h"
#include "vault/work/operate.h"
#include "vault/work/parted.h"
#include "vault/work/parts.h"

#include <inttypes.h>
#include <stdio.h>

static err_t draw_ino(void *ctx, struct stamp at, uint64_t *ret_ino, struct id *ret_birth)
{
	return numbers_ino(&((struct work *)ctx)->numbers, at, ret_ino, ret_birth);
}

static err_t draw_lid(void *ctx, struct stamp at, uint64_t *ret_lid)
{
	return numbers_lid(&((struct work *)ctx)->numbers, at, ret_lid);
}

static int64_t now(void *ctx, struct stamp at)
{
	(void)ctx, (void)at;
	return clock_wall() / NS_PER_S;
}

static void who_by_number(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	char text[24];
	(void)ctx;
	snprintf(text, sizeof(text), "%016" PRIx64, root->stamp.stream);
	conflict_who(span_str(text), time, out);
}

static err_t follow(void *ctx, const struct view *published, const struct records *changes, struct batch *b)
{
	struct work *w = ctx;
	const struct work_told *told = w->told.tell ? &w->told : NULL;
	stand_ins_free(&w->next);
	err_t e = stand_ins_copy(&w->stand_ins, &w->next);
	if (!e)
		e = ahead_follow(w, published, changes, b);
	w->gone_all |= e == ERR_NOMEM;
	if (!e && told)
		e = told->keep(told->ctx, w->news.v, w->news.n, b);
	return e;
}

static err_t prepare(void *ctx, const struct view *published, const struct records *changes)
{
	return ahead_prepare(ctx, published, changes);
}

static void followed(void *ctx, bool applied)
{
	struct work *w = ctx;
	if (w->ahead.following)
		listings_changed(&w->listings, following_local(w->ahead.following));
	ahead_drop(w);
	kept_drop(w);
	parted_end(w->act.handles.all, applied);
	if (applied) {
		stand_ins_free(&w->stand_ins);
		w->stand_ins = w->next;
		w->next = (struct stand_ins){ 0 };
	}
	if (applied && w->told.tell)
		w->told.tell(w->told.ctx, w->news.v, w->news.n);
	work_changes_free(&w->news);
	parted_forget(w);
}

static err_t forget(void *ctx)
{
	struct work_op op;
	err_t e = work_begin(ctx, &op);
	if (!e)
		e = work_forget(&op, NULL);
	if (!e) {
		batch_use(op.batch, MAP_CLAIMED); /* it makes room */
		e = work_apply(&op);
	}
	work_end(&op);
	return e;
}

/* last: everybody is stopped. */
static err_t last(void *ctx, struct changeset *c, struct batch *b)
{
	struct work *w = ctx;
	(void)c, (void)b;
	err_t e = w->forgetter.fn(w->forgetter.ctx);
	kept_drop(w); /* the sets are turned over now */
	return e;
}

static void set_up(struct work *w, const struct work_config *c)
{
	w->cfg = *c;
	w->index.map = c->map;
	w->local = index_view(&w->index);
	w->naming = c->naming ? *c->naming : (struct tree_naming){ .who = who_by_number };
	w->naming.stand_ins = &w->stand_ins;
	w->drawn = (struct act_numbers){ draw_ino, draw_lid, now, w };
	w->follow = (struct follow){ follow, w, followed, prepare };
	w->closing = (struct closing){ last, w };
	w->forgetter = (struct work_forgetter){ forget, w };
	w->gone_all = !said_empty(w->changeset->open);
	w->act = (struct act){
		.base = changeset_below(w->changeset),
		.naming = &w->naming,
		.numbers = &w->drawn,
		.stream = c->stream,
		.renew = ACT_RENEW,
		.local = &w->local,
		.hash = c->hash,
	};
}

err_t work_open(const struct work_config *c, struct work **ret)
{
	cleanup(work_freep) struct work *w = calloc(1, sizeof(*w));
	if (!w)
		return ERR_NOMEM;
	pthread_mutex_init(&w->kept_lock, NULL);
	listings_begin(&w->listings);
	err_t e = changeset_open(c->map, c->stream, &w->changeset);
	if (e == ERR_DAMAGED) {
		e = changeset_mend(c->map, &w->mended);
		e = e ? e : changeset_open(c->map, c->stream, &w->changeset);
	}
	if (e)
		return e;
	if (w->changeset->open->damaged)
		e = changeset_mend_contents(c->map, w->changeset->open->kind, &w->failing);
	if (e && e != ERR_LIMIT)
		return e;
	set_up(w, c);
	e = index_make(&w->index, changeset_shown(w->changeset), c->hash);
	if (!e)
		*ret = steal_ptr(w);
	return e;
}

void work_freep(struct work **w)
{
	if (!*w)
		return;
	index_close(&(*w)->index);
	ahead_drop(*w);
	kept_drop(*w);
	listings_end(&(*w)->listings);
	pthread_mutex_destroy(&(*w)->kept_lock);
	mended_free(&(*w)->mended);
	mended_free(&(*w)->failing);
	act_free(&(*w)->act);
	u64s_free(&(*w)->gone);
	changeset_freep(&(*w)->changeset);
	stand_ins_free(&(*w)->stand_ins);
	stand_ins_free(&(*w)->next);
	free(steal_ptr(*w));
}

const struct mended *work_mended(const struct work *w)
{
	return &w->mended;
}

const struct mended *work_failing(const struct work *w)
{
	return &w->failing;
}

struct changeset *work_changeset(struct work *w)
{
	return w->changeset;
}

bool work_operating(const struct work *w)
{
	return w->operating;
}

const struct view *work_view(const struct work *w)
{
	return w->operating ? act_shown(&w->act) : changeset_shown(w->changeset);
}

const struct follow *work_follow(struct work *w)
{
	return &w->follow;
}

void work_on_changes(struct work *w, const struct work_told *told)
{
	w->told = told ? *told : (struct work_told){ 0 };
}

void work_on_close(struct work *w, const struct work_forgetter *f)
{
	w->forgetter = f ? *f : (struct work_forgetter){ forget, w };
}

const struct closing *work_closing(struct work *w)
{
	return &w->closing;
}

err_t work_check(struct work *w, struct shown_checked *ret)
{
	struct shown_index all = { .map = w->cfg.map }; /* what is there, though questions pass it over */
	const struct view local = index_view(&all);
	err_t e = shown_check(work_view(w), &local, w->cfg.hash, ret);
	if (atomic_load(&all.damaged))
		atomic_store(&w->index.damaged, true);
	return e;
}
