/* SPDX-License-Identifier: MIT */
#include "vault/changeset/become.h"

#include "util/cleanup.h"

struct becoming {
	struct changeset *c;
	uint64_t stream;
	struct batch *batch;
};

/* become: everybody is stopped. */
static err_t become(void *ctx)
{
	const struct becoming *x = ctx;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct changeset_state s = x->c->recorded;
	s.n = 1;
	s.lamport = MAX(s.lamport, x->c->lamport);
	changeset_state_encode(&s, &value);
	err_t e = buf_ok(&value);
	if (e)
		return e;
	batch_put(x->batch, MAP_STATE, span_str(STATE_CHANGESET), buf_span(&value));
	batch_use(x->batch, MAP_CLAIMED);
	e = map_apply(x->c->map, x->batch);
	if (e)
		return e;
	x->c->stream = x->stream;
	changeset_recorded(x->c, &s);
	return ERR_OK;
}

err_t changeset_become(struct changeset *c, uint64_t stream, struct batch *b)
{
	struct becoming x = { c, stream, b };
	return said_empty(c->closed) ? map_stopped(c->map, become, &x) : ERR_BUSY;
}
