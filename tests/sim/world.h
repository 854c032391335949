/* SPDX-License-Identifier: MIT
 * One world: the devices, the net, and the events that happen to them.
 */
#pragma once

#include "tests/sim/journal.h"
#include "tests/sim/plan.h"

/* world_run: from a new vault to the end, when no more faults happen and all devices have had every chance to agree.
 * The journal gets everything. */
void world_run(const struct plan *p, struct journal *j);
