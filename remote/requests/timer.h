/* SPDX-License-Identifier: MIT
 * One thread that calls back at given times; layers wait with it. Entries are part of the waiter's own structure.
 * Callbacks run on the timer's thread, one at a time, holding no lock.
 */
#pragma once

#include "util/error.h"

#include <stdint.h>

struct timer_entry { /* the timer's from timer_add until `fire`, which may free it or add it again */
	void (*fire)(struct timer_entry *e);
	int64_t due;              /* mono ns */
	struct timer_entry *next; /* by due */
};
struct timer;
/* timer_new: starts the thread. ERR_NOMEM. timer_free: everything that waits fires, then the thread ends; NULL is fine.
 */
MUST_CHECK err_t timer_new(struct timer **ret);
/* timer_add: e->fire runs at `due` (mono ns) or soon after. */
void timer_add(struct timer *t, struct timer_entry *e, int64_t due);
/* timer_kick: everything that waits fires now. timer_rush: that, and what is added later fires at once; returns when
 * nothing waits or runs. */
void timer_kick(struct timer *t);
void timer_rush(struct timer *t);
void timer_free(struct timer *t);
