/* SPDX-License-Identifier: MIT */
#include "vault/changeset/deliver.h"

#include "util/cleanup.h"
#include "vault/join/apply.h"

struct arrival {
	struct changeset *c;
	const struct delivery *delivery;
	struct records changes;
	struct batch *batch;
};

static void arrival_free(struct arrival *a)
{
	records_free(&a->changes);
	batch_freep(&a->batch);
}

/* arrive: everybody is stopped. What is published is as it was when it was joined: nobody else changes it. */
static err_t arrive(void *ctx)
{
	const struct arrival *a = ctx;
	const struct follow *shown = a->delivery->shown;
	struct changeset_state s;
	err_t e = ERR_OK;
	changeset_saw(a->c, a->delivery->lamport);
	if (shown && shown->fn)
		e = shown->fn(shown->ctx, &a->c->shown.published, &a->changes, a->batch);
	if (!e)
		e = changeset_reserve(a->c, a->batch, &s);
	if (!e)
		e = map_apply(a->c->map, a->batch);
	recent_drop(&a->c->recent);
	if (!e)
		changeset_recorded(a->c, &s);
	follow_end(shown, !e);
	return e;
}

err_t changeset_deliver(struct changeset *c, const struct delivery *d)
{
	cleanup(arrival_free) struct arrival a = { .c = c, .delivery = d, .batch = batch_new() };
	err_t e = a.batch ? join_apply(&c->shown.published, d->records, &a.changes) : ERR_NOMEM;
	if (!e)
		e = follow_changes(d->follow, &c->shown.published, &a.changes, a.batch);
	if (!e && d->shown && d->shown->prepare)
		e = d->shown->prepare(d->shown->ctx, &c->shown.published, &a.changes);
	return e ? e : map_stopped(c->map, arrive, &a);
}
