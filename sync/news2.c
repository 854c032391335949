/* SPDX-License-Identifier: MIT
 * One look for news: own state first, then the mailbox.
 */
#include "sync/news2.h"

#include "sync/core/sync_struct.h"
#include "sync/members/mailbox.h"
#include "sync/publish/own2.h"

err_t news2_run(struct sync *s, bool *ret_news)
{
	err_t e = own2_check(s);
	if (!e)
		e = member_mailbox(s);
	if (e)
		return e;
	*ret_news = false;
	guard(&s->lock);
	s->status.last_pull_time = s->c.clock.wall(s->c.clock.ctx);
	return ERR_OK;
}
