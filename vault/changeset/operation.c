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
	memo_begin(&o->shown, changeset_shown(c));
	draft_begin_shown(&o->draft, &o->shown.view, &o->loader);
}

void operation_end(struct operation *o)
{
	draft_end(&o->draft);
	memo_end(&o->shown);
}

/* put_changed: unless it was loaded like that. */
static err_t put_changed(struct operation *o, const struct records_entry *x, struct batch *b)
{
	const struct records_entry *was = records_find(&o->draft.loaded, records_key(x));
	if (was && span_cmp(buf_span(&was->value), buf_span(&x->value)) == 0)
		return ERR_OK;
	said_note(o->c->open, records_key(x));
	return said_put(o->c->open, b, records_key(x), buf_span(&x->value));
}

/* changes: what is said now, against what was loaded. */
static err_t changes(struct operation *o, struct batch *b)
{
	const struct records *now = draft_records(&o->draft), *was = &o->draft.loaded;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < now->n; i++)
		e = put_changed(o, now->v[i], b);
	for (size_t i = 0; !e && i < was->n; i++)
		if (!records_find(now, records_key(was->v[i])))
			e = said_del(o->c->open, b, records_key(was->v[i]));
	return e;
}

err_t operation_apply(struct operation *o, struct batch *b)
{
	struct changeset_state s;
	err_t e = changes(o, b);
	if (!e)
		e = changeset_reserve(o->c, b, &s);
	if (!e)
		e = map_apply(o->c->map, b);
	if (!e)
		changeset_recorded(o->c, &s);
	return e;
}
