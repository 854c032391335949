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

err_t news_run(struct sync *s, bool *ret_news)
{
	*ret_news = false;
	err_t own = own_check(s);
	if (own && (!asked_alone(own) || s->own.met))
		return own;
	err_t e = member_mailbox(s);
	if (!e && s->at.changeset)
		e = pull_run(s, ret_news);
	if (!e && s->at.changeset)
		e = former_fill(s);
	if (e)
		return e;
	guard(&s->lock);
	s->status.last_pull_time = s->c.clock.wall(s->c.clock.ctx);
	return own;
}
