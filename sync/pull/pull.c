/* SPDX-License-Identifier: MIT
 * News of the others: the next commit of every known stream, verified and remembered.
 */
#include "sync/pull/pull.h"

#include "sync/core/sync_struct.h"
#include "sync/members/members.h"
#include "sync/pull/commit_get.h"
#include "util/trace.h"

#define PULL_ROUND 512 /* commits of one stream in one round */

static err_t pull_statements(const struct pulled *p, struct ops *o, bool *ret_any)
{
	struct commit c;
	err_t e = ERR_OK;
	for (uint32_t i = 0; !e && i < p->parts; i++) {
		e = commit_decode(buf_span(&p->plain[i]), &c);
		if (!e)
			e = member_seen(c.changes, o, ret_any);
	}
	return e;
}

/* pull_keep: the record and the stream's position are remembered; the changes stay in memory until they are applied. */
static err_t pull_keep(struct sync *s, struct stream *st, const struct commit_record *record, struct pulled *p,
                       bool *statements)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct stream next = *st;
	if (!commits_reserve(s))
		return ERR_NOMEM;
	next.seen.n = record->n;
	next.seen.hash = record->hash;
	next.epoch = record->epoch;
	state_put_commit(&o, record);
	state_put_stream(&o, &next);
	bool any = false;
	err_t e = pull_statements(p, &o, &any);
	if (!e)
		e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	TRACE(commit_found, record->stream.b, record->n, record->bytes);
	*statements |= any;
	*st = next;
	commits_add(s, record);
	p->next = s->pulled.first;
	s->pulled.first = p;
	s->pulled.bytes += p->bytes;
	return ERR_OK;
}

static err_t pull_stream(struct sync *s, size_t at, bool *more, bool *statements)
{
	for (unsigned i = 0; i < PULL_ROUND; i++) {
		struct stream *st = &s->streams.list[at];
		cleanup(pulled_freep) struct pulled *p = NULL;
		struct commit_record record;
		if (st->closed && st->seen.n >= st->closed_at)
			return ERR_OK;
		if (s->pulled.bytes > PULLED_MAX) {
			*more = true;
			return ERR_OK;
		}
		err_t e = pull_commit(s, st, st->seen.n + 1, &record, &p);
		if (e == ERR_NOTFOUND || e == ERR_DAMAGED)
			return ERR_OK;
		if (!e)
			e = pull_keep(s, st, &record, p, statements);
		if (e)
			return e;
		p = NULL;
		if (sync_stopping(s))
			return ERR_CANCELED;
	}
	*more = true;
	return ERR_OK;
}

err_t pull_streams(struct sync *s, bool *ret_more)
{
	bool statements = false;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->streams.n; i++) {
		if (!id_eq(s->streams.list[i].id, s->c.stream))
			e = pull_stream(s, i, ret_more, &statements);
	}
	return e || !statements ? e : member_read(s);
}
