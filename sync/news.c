/* SPDX-License-Identifier: MIT
 * One look for news: own state first, then the mailbox, then commits until there are no more. Where the store does not
 * give out something of ours, nothing is published, and the others' changes are taken all the same.
 */
#include "sync/news.h"

#include "sync/core/sync_struct.h"
#include "sync/members/mailbox.h"
#include "sync/publish/own.h"
#include "sync/pull/former.h"
#include "sync/pull/pull.h"

static err_t others(struct sync *s, bool *ret_news)
{
	err_t e = member_mailbox(s);
	*ret_news = false;
	return e || !s->at.changeset ? e : pull_run(s, ret_news);
}

static void note_time(struct sync *s)
{
	guard(&s->lock);
	s->status.last_pull_time = s->c.clock.wall(s->c.clock.ctx);
}

err_t news_run(struct sync *s, bool *ret_news)
{
	*ret_news = false;
	err_t own = own_check(s);
	if (own && (!asked_alone(own) || s->own.met))
		return own;
	err_t e = others(s, ret_news);
	if (!e && s->at.changeset && !s->removed.is)
		e = former_fill(s);
	if (e)
		return e;
	note_time(s);
	return own;
}

err_t news_read(struct sync *s, bool *ret_news)
{
	err_t e = others(s, ret_news);
	if (!e)
		note_time(s);
	return e;
}
