/* SPDX-License-Identifier: MIT */
#include "util/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts = { 0 };
	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static int64_t wall(void *ctx)
{
	(void)ctx;
	return clock_wall();
}

static int64_t mono(void *ctx)
{
	(void)ctx;
	return clock_mono();
}

struct clock clock_system(void)
{
	return (struct clock){ wall, mono, 0 };
}
