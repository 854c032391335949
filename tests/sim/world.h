/* SPDX-License-Identifier: MIT
 * One world: the devices, the net, and the events that happen to them.
 */
#pragma once

#include "tests/sim/journal.h"
#include "tests/sim/plan.h"

#include <time.h>

/* world_run: from a new vault to the end, when no more faults happen and all devices have had every chance to agree.
 * The journal gets everything. How much CPU the events took (clock(3)): joining before them, and settling, a newcomer
 * and telling all after them, is what each world has, however few events. */
clock_t world_run(const struct plan *p, struct journal *j);
