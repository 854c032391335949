/* SPDX-License-Identifier: MIT
 * One look for news: own state first, then the mailbox, then commits until there are no more.
 */
#include "sync/news2.h"

#include "sync/core/sync_struct.h"
#include "sync/members/mailbox.h"
#include "sync/publish/own2.h"
#include "sync/pull/former2.h"
#include "sync/pull/pull2.h"

err_t news2_run(struct sync *s, bool *ret_news)
{
	err_t e = own2_check(s);
	if (!e)
		e = member_mailbox(s);
	*ret_news = false;
	if (!e && s->at.changeset)
		e = pull2_run(s, ret_news);
	if (!e && s->at.changeset)
		e = former2_fill(s);
	if (e)
		return e;
	guard(&s->lock);
	s->status.last_pull_time = s->c.clock.wall(s->c.clock.ctx);
	return ERR_OK;
}
