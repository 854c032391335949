/* SPDX-License-Identifier: MIT
 * One world: the devices, the net, and the events that happen to them.
 */
#pragma once

#include "tests/sim/journal.h"
#include "tests/sim/plan.h"

/* world_run: from a new vault to the end, when no more faults happen and all devices have had every chance to agree.
 * The journal gets everything. How many us of CPU the events took: joining before them, and settling, a newcomer and
 * telling all after them, is what each world has, however few events. */
int64_t world_run(const struct plan *p, struct journal *j);
/* world_us: of CPU, of this process and of those that it waited for. */
int64_t world_us(void);
