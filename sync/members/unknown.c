/* SPDX-License-Identifier: MIT
 * Streams that others know of and no statement here proves.
 */
#include "sync/members/unknown.h"

#include "sync/core/given.h"
#include "sync/core/sync_struct.h"

#define SWEEP_PERIOD (60 * NS_PER_S) /* between sweeps for a stream that no sweep finds */

static struct transient_key unproved_key(void)
{
	return transient_key(TRANSIENT_STATEMENT, ID_ZERO, 0);
}

bool member_sweep_due(struct sync *s)
{
	struct transient_key k = unproved_key();
	if (!s->unknown.now) {
		alarm_clear(s, &k);
		s->unknown.unproved = false;
	}
	bool due = s->unknown.now && (s->unknown.now != s->unknown.swept ||
	                              s->c.clock.mono(s->c.clock.ctx) - s->mailbox.sweep_time >= SWEEP_PERIOD);
	s->unknown.swept = s->unknown.now;
	s->unknown.now = 0;
	s->mailbox.swept &= !due;
	return due;
}

void member_unproved(struct sync *s)
{
	char id[ID_TEXT];
	struct transient_key k = unproved_key();
	s->unknown.unproved = !streams_find(s, s->unknown.last) && !given_unproved(s, s->unknown.last);
	if (!s->unknown.unproved)
		return;
	id_hex(s->unknown.last, id);
	alarm_transient(s, &k, &(struct alarm_about){ .kind = ALARM_STATEMENT_MISSING },
	                "another device follows stream %.8s, whose proof is lost, damaged or withheld by the cloud",
	                id);
}
