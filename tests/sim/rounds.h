/* SPDX-License-Identifier: MIT
 * Rounds of the engine, as good or as bad as the event wants them.
 */
#pragma once

#include "tests/sim/crew.h"

/* round_part: a round, or more of one that is under way: `answers` of the store at most, of 100 `faults` with a fault.
 */
void round_part(struct world *w, struct device *d, unsigned answers, unsigned faults, uint64_t seed);
/* round_whole: to its end, without faults; true: it went well. */
bool round_whole(struct world *w, struct device *d);
/* round_tell: writes a round that has ended since into the journal. */
void round_tell(struct world *w, struct device *d);
/* rounds_rough: some with faults and cuts of the power, then as many as it takes until everything is out. */
void rounds_rough(struct world *w, struct device *d, unsigned faults, uint64_t *r);
