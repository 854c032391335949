/* SPDX-License-Identifier: MIT */
#include "fs/core/stamp.h"

#include "util/clock.h"

struct timestamp stamp_now(void)
{
	int64_t now = clock_wall();
	return (struct timestamp){ now / NS_PER_S, (uint32_t)(now % NS_PER_S) };
}
