/* SPDX-License-Identifier: MIT */
#include "vault/changeset/close.h"

#include "util/cleanup.h"
#include "vault/changeset/mend.h"

struct turn {
	struct changeset *c;
	const struct closing *with;
	struct batch *batch;
};

static err_t first_visit(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	*(bool *)ctx = true;
	return ERR_CANCELED; /* one is enough */
}

/* is_empty: asks the map: what was dropped again is still noted. */
static err_t is_empty(struct said *s, bool *ret)
{
	bool any = false;
	err_t e = s->view.scan(s->view.ctx, SPAN(NULL, 0), SPAN(NULL, 0), first_visit, &any);
	if (e && !any)
		return e;
	*ret = !any;
	return ERR_OK;
}

static err_t last(const struct turn *t)
{
	return t->with && t->with->last ? t->with->last(t->with->ctx, t->c, t->batch) : ERR_OK;
}

/* record: that the other set is open, under the next n. Never refused for want of room: it makes some. */
static err_t record(const struct turn *t, struct changeset_state *ret)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct changeset_state s = t->c->recorded;
	s.open = t->c->closed->kind;
	s.n++;
	s.lamport = MAX(s.lamport, t->c->lamport);
	changeset_state_encode(&s, &value);
	err_t e = buf_ok(&value);
	if (e)
		return e;
	batch_put(t->batch, MAP_STATE, span_str(STATE_CHANGESET), buf_span(&value));
	batch_use(t->batch, MAP_CLAIMED);
	*ret = s;
	return ERR_OK;
}

/* contents_whole: a commit carries all of the set. ERR_DAMAGED: something in it that is named is damaged. */
static err_t contents_whole(struct said *s)
{
	cleanup(mended_free) struct mended naming = { 0 };
	if (!s->damaged)
		return ERR_OK;
	err_t e = changeset_mend_contents(s->map, s->kind, &naming);
	s->damaged = e || naming.n;
	return !e && naming.n ? ERR_DAMAGED : e;
}

/* turn: everybody is stopped. */
static err_t turn(void *ctx)
{
	const struct turn *t = ctx;
	struct changeset_state s;
	bool empty = true;
	err_t e = contents_whole(t->c->open);
	if (!e)
		e = last(t);
	if (!e)
		e = is_empty(t->c->open, &empty);
	if (!e && empty) {
		said_none(t->c->open);
		e = ERR_NOTFOUND;
	}
	if (!e)
		e = record(t, &s);
	if (!e)
		e = map_apply(t->c->map, t->batch);
	if (!e)
		changeset_turn(t->c, &s);
	return e;
}

err_t changeset_close(struct changeset *c, const struct closing *with)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct turn t = { c, with, b };
	if (!b)
		return ERR_NOMEM;
	if (!said_empty(c->closed))
		return ERR_BUSY;
	return map_stopped(c->map, turn, &t);
}
