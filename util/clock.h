/* SPDX-License-Identifier: MIT
 * Time as a parameter, so that sync/ can run under a simulator.
 */
#pragma once

#include <stdint.h>

struct clock {
	/* wall: nanoseconds since 1970 UTC; mono: nanoseconds, never going back, counting during sleep of the thread.
	 */
	int64_t (*wall)(void *ctx);
	int64_t (*mono)(void *ctx);
	void *ctx;
};
/* clock_system: the machine's own clocks. */
struct clock clock_system(void);
#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
