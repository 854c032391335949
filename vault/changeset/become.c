/* SPDX-License-Identifier: MIT */
#include "vault/changeset/become.h"

#include "util/cleanup.h"

struct becoming {
	struct changeset *c;
	uint64_t stream;
	const struct records *said;
	struct batch *batch;
	struct said_change change; /* of the open set */
};

/* add: to the open set. */
static err_t add(struct becoming *x, const struct records_entry *new)
{
	cleanup(buf_free) struct buf before = BUF_INIT;
	struct said *open = x->c->open;
	err_t e = open->view.get(open->view.ctx, records_key(new), &before);
	if (e != ERR_NOTFOUND)
		return e ? e : ERR_EXISTS;
	said_note(open, records_key(new));
	said_change_add(&x->change, said_change_of(records_key(new), SPAN(NULL, 0), buf_span(&new->value)));
	return said_put(open, x->batch, records_key(new), buf_span(&new->value));
}

/* become: everybody is stopped. */
static err_t become(void *ctx)
{
	struct becoming *x = ctx;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct changeset_state s = x->c->recorded;
	s.n = 1;
	s.lamport = MAX(s.lamport, x->c->lamport);
	changeset_state_encode(&s, &value);
	err_t e = buf_ok(&value);
	for (size_t i = 0; !e && i < x->said->n; i++)
		e = add(x, x->said->v[i]);
	if (e)
		return e;
	batch_put(x->batch, MAP_STATE, span_str(STATE_CHANGESET), buf_span(&value));
	batch_use(x->batch, MAP_CLAIMED);
	e = map_apply(x->c->map, x->batch);
	if (e)
		return e;
	said_changed(x->c->open, x->change);
	recent_drop(&x->c->recent);
	x->c->stream = x->stream;
	changeset_recorded(x->c, &s);
	return ERR_OK;
}

err_t changeset_become(struct changeset *c, uint64_t stream, const struct records *said, struct batch *b)
{
	struct becoming x = { .c = c, .stream = stream, .said = said, .batch = b };
	return said_empty(c->closed) ? map_stopped(c->map, become, &x) : ERR_BUSY;
}
