/* SPDX-License-Identifier: MIT */
#include "sync/recovery.h"

#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/engine.h"
#include "sync/members/recovery.h"

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

err_t sync_recovery_say(struct sync *s, const struct recovery_offer *o, struct why *why)
{
	guard(&s->work);
	err_t e = recovery_replace(s, o, why);
	if (!e)
		said(s);
	return e;
}

err_t sync_recovery_object(struct sync *s, struct span statement, struct why *why)
{
	guard(&s->work);
	err_t e = recovery_object(s, statement, why);
	if (!e)
		said(s);
	return e;
}
