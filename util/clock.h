/* SPDX-License-Identifier: MIT
 * The machine's two clocks; and time as a parameter, so that sync/ can run under a simulator.
 * The wall clock is for what is written down (times of files and commits) or shown; it may be set back at any moment.
 * Whatever waits or measures uses the other one (util/deadline.h).
 */
#pragma once

#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

/* clock_wall: nanoseconds since 1970 UTC. */
int64_t clock_wall(void);
/* clock_mono: nanoseconds, never going back, counting during sleep of the thread. */
int64_t clock_mono(void);

struct clock {
	int64_t (*wall)(void *ctx); /* as clock_wall */
	int64_t (*mono)(void *ctx); /* as clock_mono */
	void *ctx;
};
/* clock_system: the machine's own clocks. */
struct clock clock_system(void);
