/* SPDX-License-Identifier: MIT
 * The one way to wait until a time. Only the monotonic clock: a wait on the wall clock lasts an hour longer when that
 * is set back by an hour. A condition variable needs no attribute for it: the clock is named at each wait. struct
 * deadline end = deadline_in(5 * NS_PER_S); while (!done && deadline_wait(&cond, &lock, end))
 *             ;
 */
#pragma once

#include "util/clock.h"

#include <pthread.h>
#include <stdbool.h>

struct deadline {
	int64_t ns; /* of clock_mono */
};
#define DEADLINE_NEVER ((struct deadline){ INT64_MAX })

/* deadline_in: `ns` from now; one too far to be counted is DEADLINE_NEVER. */
struct deadline deadline_in(int64_t ns);
bool deadline_passed(struct deadline d);
/* deadline_left: nanoseconds until then, 0 once passed. */
int64_t deadline_left(struct deadline d);
/* deadline_poll_ms: what poll(2) takes: milliseconds until then, rounded up; -1 for DEADLINE_NEVER. */
int deadline_poll_ms(struct deadline d);
/* deadline_wait: as pthread_cond_wait, and no longer than until `d`; false when that has passed. It may return true for
 * no reason: the caller looks at its condition. */
bool deadline_wait(pthread_cond_t *cond, pthread_mutex_t *lock, struct deadline d);
