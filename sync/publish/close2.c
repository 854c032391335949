/* SPDX-License-Identifier: MIT */
#include "sync/publish/close2.h"

#include "sync/core/sync_struct.h"
#include "util/trace.h"
#include "vault/changeset/close.h"

struct last_words {
	struct sync *s;
	uint64_t lamport;
};

/* last_words: everybody is stopped. */
static err_t last_words(void *ctx, struct changeset *c, struct batch *b)
{
	struct last_words *l = ctx;
	const struct closing *more = l->s->at.closing;
	struct rkey packing = key_bytes(QUEUE_PACKING, SPAN("", 0));
	err_t e = more && more->last ? more->last(more->ctx, c, b) : ERR_OK;
	batch_put(b, MAP_QUEUE, rkey_span(&packing), span_str("1"));
	l->lamport = c->lamport;
	return e;
}

err_t close2_run(struct sync *s)
{
	struct last_words l = { .s = s };
	struct closing with = { last_words, &l };
	TRACE(close_begin, 0);
	err_t e = changeset_close(s->at.changeset, &with);
	TRACE(close_end, e ? 0 : s->st.n + 1, e);
	if (!e)
		s->lamport = MAX(s->lamport, l.lamport);
	return e;
}
