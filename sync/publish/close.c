/* SPDX-License-Identifier: MIT */
#include "sync/publish/close.h"

#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/members/incarnation.h"
#include "util/trace.h"
#include "vault/changeset/close.h"

bool close_unfit(struct sync *s)
{
	struct said_size is = said_size(s->at.changeset->open);
	return s->unfit.keys && is.keys >= s->unfit.keys && is.bytes >= s->unfit.bytes;
}

bool close_may(struct sync *s)
{
	struct said_size is = said_size(s->at.changeset->open);
	bool unfit = s->unfit.keys && is.keys == s->unfit.keys && is.bytes == s->unfit.bytes;
	return !unfit && !s->own.met && incarnation_may(s);
}

bool close_overdue(struct sync *s)
{
	static const struct said_size usual = { CLOSE_INODES, CLOSE_KEYS, CLOSE_BYTES };
	const struct said_size *most = s->c.close_at.keys ? &s->c.close_at : &usual;
	if (!s->at.changeset || !s->own_checked || sync_closed(s) || !close_may(s))
		return false;
	struct said_size is = said_size(s->at.changeset->open);
	return is.inodes >= most->inodes || is.keys >= most->keys || is.bytes >= most->bytes;
}

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

err_t close_run(struct sync *s)
{
	struct last_words l = { .s = s };
	struct closing with = { last_words, &l };
	TRACE(close_begin);
	{
		guard(&s->lock);
		s->saved.closing = true; /* before the open set shows as empty (saved.h) */
	}
	err_t e = changeset_close(s->at.changeset, &with);
	TRACE(close_end, e ? 0 : s->st.n + 1, e);
	if (!e)
		s->lamport = MAX(s->lamport, l.lamport);
	return e;
}
