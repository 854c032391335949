/* SPDX-License-Identifier: MIT */
#include "util/deadline.h"

#include "util/cleanup.h"

#include <limits.h>
#include <time.h>

struct deadline deadline_in(int64_t ns)
{
	struct deadline d;
	return __builtin_add_overflow(clock_mono(), ns, &d.ns) ? DEADLINE_NEVER : d;
}

bool deadline_passed(struct deadline d)
{
	return clock_mono() >= d.ns;
}

int64_t deadline_left(struct deadline d)
{
	return MAX(d.ns - clock_mono(), 0);
}

int deadline_poll_ms(struct deadline d)
{
	if (d.ns == INT64_MAX)
		return -1;
	int64_t left = deadline_left(d), ms = left / NS_PER_MS + (left % NS_PER_MS != 0);
	return (int)MIN(ms, INT_MAX);
}

bool deadline_wait(pthread_cond_t *cond, pthread_mutex_t *lock, struct deadline d)
{
	if (d.ns == INT64_MAX)
		return !pthread_cond_wait(cond, lock);
	struct timespec ts = { d.ns / NS_PER_S, d.ns % NS_PER_S };
	return !pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &ts);
}
