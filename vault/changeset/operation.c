/* SPDX-License-Identifier: MIT */
#include "vault/changeset/operation.h"

static err_t load(void *ctx, struct span key, struct records *said)
{
	struct operation *o = ctx;
	return said_of(o->c->open, key, said);
}

void operation_begin(struct operation *o, struct changeset *c)
{
	o->c = c;
	o->loader = (struct draft_loader){ load, o, changeset_below(c) };
	joined_once_begin(&o->shown, &c->shown);
	draft_begin_shown(&o->draft, joined_once_view(&o->shown), &o->loader);
}

void operation_end(struct operation *o)
{
	draft_end(&o->draft);
	joined_once_end(&o->shown);
}

struct saying { /* what an operation says, on its way into a batch */
	struct operation *o;
	struct batch *batch;
	struct said_change change; /* of the open set */
};

/* put_changed: unless it was loaded like that. */
static err_t put_changed(struct saying *y, const struct records_entry *x)
{
	struct said *open = y->o->c->open;
	const struct records_entry *was = records_find(&y->o->draft.loaded, records_key(x));
	struct span before = was ? buf_span(&was->value) : SPAN(NULL, 0), now = buf_span(&x->value);
	if (was && span_cmp(before, now) == 0)
		return ERR_OK;
	said_note(open, records_key(x));
	said_change_add(&y->change, said_change_of(records_key(x), before, now));
	return said_put(open, y->batch, records_key(x), now);
}

static err_t drop(struct saying *y, const struct records_entry *was)
{
	said_change_add(&y->change, said_change_of(records_key(was), buf_span(&was->value), SPAN(NULL, 0)));
	return said_del(y->o->c->open, y->batch, records_key(was));
}

/* changes: what is said now, against what was loaded. */
static err_t changes(struct saying *y)
{
	const struct records *now = draft_records(&y->o->draft), *was = &y->o->draft.loaded;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < now->n; i++)
		e = put_changed(y, now->v[i]);
	for (size_t i = 0; !e && i < was->n; i++)
		if (!records_find(now, records_key(was->v[i])))
			e = drop(y, was->v[i]);
	return e;
}

err_t operation_apply(struct operation *o, struct batch *b)
{
	struct changeset_state s;
	struct saying y = { o, b, { 0 } };
	err_t e = changes(&y);
	if (!e)
		e = changeset_reserve(o->c, b, &s);
	if (!e)
		e = map_apply(o->c->map, b);
	if (e)
		return e;
	changeset_recorded(o->c, &s);
	recent_changed(&o->c->recent, &o->draft.over.changes);
	said_changed(o->c->open, y.change);
	return ERR_OK;
}
