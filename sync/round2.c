/* SPDX-License-Identifier: MIT
 * One round of the engine of a vault of format 2. States, invariants and locks: core/state2.h.
 *
 *   round2_pull      own stream, mailbox, news      when due, and before anything new is published
 *       |
 *       v
 *   upload_run       the queue, up to its end       always, once the store was found to hold nothing of our stream that
 *                                                   we did not write
 */
#include "sync/round2.h"

#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/news2.h"
#include "sync/publish/upload.h"

static err_t round2_pull(struct sync *s, struct round *r)
{
	sync_phase_set(s, SYNC_PULLING);
	err_t e = news2_run(s, &r->news);
	r->pulled = !e;
	return e;
}

err_t round2_run(struct sync *s, struct round *r)
{
	if (r->force)
		map_gather(s->c.map); /* what is buffered above shows as dirty */
	s->mailbox.swept &= !r->force;
	err_t pulled = r->pull || !s->own_checked ? round2_pull(s, r) : ERR_OK;
	if (s->st.stopped)
		return ERR_FORK;
	err_t e = s->own_checked ? upload_run(s) : ERR_OK;
	return pulled ? pulled : e;
}
