/* SPDX-License-Identifier: MIT
 * What the engine is doing, and its end.
 */
#include "sync/core/phase.h"

#include "sync/core/sync_struct.h"

void sync_phase_set(struct sync *s, enum sync_phase phase)
{
	guard(&s->lock);
	s->status.phase = phase;
}

bool sync_stopping(struct sync *s)
{
	guard(&s->lock);
	return s->life.stopping;
}

err_t sync_halt(struct sync *s, const char *text)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	next.stopped = STOPPED_FORK;
	snprintf(next.text, sizeof(next.text), "%s", text);
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->st = next;
	log_error(AREA_SYNC, "%s", text);
	return ERR_FORK;
}
