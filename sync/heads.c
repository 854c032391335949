/* SPDX-License-Identifier: MIT
 * The others' heads against what a pull found: they say what is final, and what the store withholds.
 */
#include "sync/heads.h"

#include "sync/core/sync_struct.h"
#include "sync/members/unknown.h"
#include "sync/news.h"
#include "sync/pull/head_read.h"

static err_t head_read_all(struct sync *s)
{
	cleanup_free struct stream_pos *at = calloc(STREAMS_MAX, sizeof(*at));
	err_t e = ERR_OK;
	if (!at)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < s->streams.n && !sync_stopping(s); i++) {
		struct stream *st = &s->streams.list[i];
		struct head h;
		if (st->closed)
			head_whole(s, st); /* nobody reads it any more */
		if (id_eq(st->id, s->c.stream) || st->closed)
			continue;
		e = head_read(s, st, &h, at, STREAMS_MAX);
		if (!e) {
			head_whole(s, st);
			member_claims(s, &h);
			e = head_note(s, st, &h);
		} else if (sync_unproved(e)) {
			head_bad(s, st);
		}
		if (e == ERR_NOTFOUND || sync_unproved(e))
			e = ERR_OK;
	}
	if (!e)
		s->heads.read = s->c.clock.mono(s->c.clock.ctx);
	return e;
}

/* head_ahead: a stream whose head counts commits that no pull has found. */
static bool head_ahead(const struct stream *st)
{
	return !st->closed && st->claimed > st->seen.n;
}

/* head_missing: names what heads prove to exist and the store does not show. */
static void head_missing(struct sync *s)
{
	for (size_t i = 0; i < s->streams.n; i++) {
		struct stream *st = &s->streams.list[i];
		if (!head_ahead(st) || st->lost == st->seen.n + 1)
			continue;
		char id[ID_TEXT];
		id_hex(st->id, id);
		struct transient_key k = transient_key(TRANSIENT_LACKS, st->id, st->seen.n + 1);
		alarm_transient(
		        s, &k,
		        "of stream %.8s the commits %llu to %llu are lost, damaged or withheld by the store: what "
		        "is shown here is older than the vault",
		        id, (unsigned long long)st->seen.n + 1, (unsigned long long)st->claimed);
		st->lost = st->seen.n + 1;
	}
}

err_t head_check(struct sync *s, bool *ret_news)
{
	bool ahead = false;
	err_t e = head_read_all(s);
	for (size_t i = 0; !e && i < s->streams.n; i++)
		ahead |= head_ahead(&s->streams.list[i]);
	if (e)
		return e;
	bool sweep = member_sweep_due(s);
	if (!ahead && !sweep)
		return ERR_OK;
	/* A head is PUT after the commits and statements it stands on: a pull that begins now must find them. */
	e = pull_run(s, ret_news);
	if (!e)
		head_missing(s);
	if (!e && sweep)
		member_unproved(s);
	return e;
}
