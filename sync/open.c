/* SPDX-License-Identifier: MIT
 * Opening the engine: its memory out of the map.
 */
#include "sync/open.h"

#include "sync/checkpoint/checkpoint.h"
#include "sync/core/state_form.h"
#include "sync/core/dirty.h"
#include "sync/core/given.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/incomplete.h"
#include "sync/members/begun.h"
#include "sync/members/bound.h"
#include "sync/members/recovery.h"
#include "sync/members/roll.h"
#include "sync/members/starts.h"
#include "sync/members/statements.h"
#include "sync/saved_kept.h"
#include "sync/status.h"
#include "util/trace.h"

static int load_stream(void *ctx, struct span key, struct span value)
{
	struct sync *s = ctx;
	struct stream st;
	(void)key;
	if (!value.p || state_stream_decode(value, &st))
		return ERR_DAMAGED;
	if (!streams_reserve(s))
		return ERR_NOMEM;
	s->streams.list[s->streams.n++] = st;
	return 0;
}

/* load_life: which stream is ours. */
static err_t load_life(struct sync *s)
{
	err_t e = state_get_life(s->c.map, &s->own_life);
	if (!e)
		s->stream = s->own_life.stream;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* load_main: what there is one of. */
static err_t load_main(struct sync *s)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_MAIN), &v);
	if (!e)
		e = state_decode(buf_span(&v), &s->st);
	if (!e)
		e = load_life(s);
	if (!e)
		e = map_get(s->c.map, MAP_STATE, span_str(STATE_DIGEST), &v);
	return e ? e : state_digest_decode(buf_span(&v), &s->st.digest);
}

static err_t sync_load(struct sync *s)
{
	err_t e = load_main(s);
	if (!e)
		e = map_scan(s->c.map, MAP_STATE, span_str(STATE_STREAM), SPAN(NULL, 0), load_stream, s);
	if (!e)
		e = queue_load(&s->queue, s->c.map);
	if (!e && !id_is_zero(s->stream) && !streams_find(s, s->stream))
		e = ERR_DAMAGED;
	if (!e)
		e = deliver_open(s);
	if (!e)
		e = begun_open(s);
	if (e)
		return e;
	s->deliver->starts = starts_hooks();
	e = statements_open(s);
	if (!e)
		e = given_load(s);
	if (!e)
		e = incomplete_load(s);
	return e ? e : saved_load(s);
}

err_t sync_open(const struct sync_config *c, struct sync **ret, struct why *why)
{
	cleanup(sync_freep) struct sync *s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_NOMEM;
	s->c = *c;
	s->device = c->members.mine->id;
	s->seed = &c->members.mine->seed;
	if (pthread_mutex_init(&s->work, NULL) || pthread_mutex_init(&s->invites, NULL) ||
	    pthread_mutex_init(&s->lock, NULL) || pthread_cond_init(&s->wake, NULL))
		return ERR_NOMEM;
	err_t e = sync_load(s);
	if (!e)
		e = checkpoint_drop(s);
	if (!e)
		e = bound_check(s);
	if (e == ERR_NOTFOUND)
		return why_set(
		        why, e,
		        "this vault's local state has no record of its history: forget this vault here and join again");
	if (e)
		return why_set(why, e, "the record of this vault's history cannot be read: %s", err_text(e));
	TRACE(sync_loaded, s->st.n, sync_closed(s));
	s->contents.opened = c->clock.wall(c->clock.ctx) / NS_PER_S;
	s->heads.due = true;
	s->mailbox.due = true;
	if (recovery_said(s))
		s->header.due = sync_open_set(s) - !sync_dirty(s);
	sync_mirror(s, ERR_OK);
	*ret = steal_ptr(s);
	return ERR_OK;
}

void sync_attach(struct sync *s, const struct sync_attached *at)
{
	guard(&s->work);
	s->at = at ? *at : (struct sync_attached){ 0 };
	if (at)
		s->lamport = at->changeset->lamport; /* nobody operates yet, or it is ahead */
}

void sync_freep(struct sync **sp)
{
	struct sync *s = *sp;
	if (!s)
		return;
	statements_freep(&s->statements);
	begun_freep(&s->begun);
	deliver_freep(&s->deliver);
	queue_free(&s->queue);
	free(s->streams.list);
	roll_free(&s->roll);
	hashes_free(&s->mailbox.shown);
	free(s->mailbox.ends);
	free(s->roots.had);
	hashes_free(&s->unknown.met);
	opened_free(&s->opened);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->invites);
	pthread_mutex_destroy(&s->work);
	free(s);
	*sp = NULL;
}
