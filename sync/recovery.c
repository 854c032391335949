/* SPDX-License-Identifier: MIT */
#include "sync/recovery.h"

#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/engine.h"
#include "sync/members/recovery.h"
#include "sync/members/saying.h"

void sync_recovery(struct sync *s, struct recovery_state *ret)
{
	guard(&s->lock);
	*ret = s->recovery;
}

err_t sync_recovery_shown(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	recovery_shown(s, &o);
	return o.b.len || o.b.failed ? ops_commit(&o, s->c.map) : ERR_OK;
}

/* said: what follows is the next round's. */
static void said(struct sync *s)
{
	s->header.due = sync_open_set(s);
	recovery_mirror(s);
	sync_wake(s);
}

static err_t busy(struct why *why)
{
	return why_set(why, ERR_TIMEOUT,
	               "the cloud is being asked something and does not answer: the recovery key stays as it was; try "
	               "again");
}

err_t sync_recovery_say(struct sync *s, const struct recovery_offer *o, unsigned timeout_ms, struct why *why)
{
	if (!saying_lock(s, timeout_ms))
		return busy(why);
	err_t e = recovery_replace(s, o, why);
	if (!e)
		said(s);
	pthread_mutex_unlock(&s->work);
	return e;
}

err_t sync_recovery_object(struct sync *s, struct span statement, unsigned timeout_ms, struct why *why)
{
	if (!saying_lock(s, timeout_ms))
		return busy(why);
	err_t e = recovery_object(s, statement, why);
	if (!e)
		said(s);
	pthread_mutex_unlock(&s->work);
	return e;
}
