/* SPDX-License-Identifier: MIT
 * One look for news: own state first, then the mailbox, then commits and their application until there are no more.
 */
#include "sync/news.h"

#include "sync/core/sync_struct.h"
#include "sync/history/apply.h"
#include "sync/members/mailbox.h"
#include "sync/members/members.h"
#include "sync/publish/repair.h"
#include "sync/pull/commit_get.h"
#include "sync/pull/head_read.h"
#include "sync/pull/pull.h"

/* own_head: our head on the store must not say more than we know. */
static err_t own_head(struct sync *s, bool *ret_newer)
{
	cleanup_free struct stream_pos *at = calloc(STREAMS_MAX, sizeof(*at));
	struct head h;
	if (!at)
		return ERR_NOMEM;
	err_t e = head_read(s, streams_find(s, s->c.stream), &h, at, STREAMS_MAX);
	if (e == ERR_NOTFOUND || sync_unproved(e))
		return ERR_OK; /* it is written anew */
	if (!e)
		*ret_newer = h.counter > s->st.head_counter || h.n > s->st.n;
	return e;
}

/* own_check: the store must hold nothing of our stream that we did not write. */
static err_t own_check(struct sync *s)
{
	cleanup(pulled_freep) struct pulled *p = NULL;
	struct commit_record record;
	err_t e = pull_commit(s, streams_find(s, s->c.stream), s->st.n + 1, &record, &p);
	bool newer = e == ERR_OK;
	if (e == ERR_NOTFOUND || e == ERR_DAMAGED)
		e = own_head(s, &newer);
	if (newer)
		return sync_halt(s, STOPPED_FORK,
		                 "this device's state is older than the store (restored backup or a copy?): "
		                 "forget this vault here and join again");
	if (e)
		return e;
	e = upload_repair(s);
	s->own_checked = !e;
	return e;
}

err_t pull_run(struct sync *s, bool *ret_news)
{
	bool more = true, moved = false;
	err_t e = s->own_checked ? ERR_OK : own_check(s);
	if (!e)
		e = member_mailbox(s);
	while (!e && more) {
		uint32_t epoch = keyring_epoch(s->c.keyring);
		bool step = false;
		more = false;
		e = pull_streams(s, &more);
		if (!e)
			e = apply_choice(s, &step);
		moved |= step;
		more |= keyring_epoch(s->c.keyring) != epoch;
		if (more && !step)
			more = false; /* what was pulled cannot be applied: nothing is gained by more */
	}
	if (e)
		return e;
	*ret_news = moved;
	guard(&s->lock);
	s->status.last_pull_time = s->c.clock.wall(s->c.clock.ctx);
	return ERR_OK;
}
