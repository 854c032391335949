/* SPDX-License-Identifier: MIT */
#include "util/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts = { 0 };
	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int64_t wall(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_REALTIME);
}

static int64_t mono(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_MONOTONIC);
}

struct clock clock_system(void)
{
	return (struct clock){ wall, mono, 0 };
}
