/* SPDX-License-Identifier: MIT
 * What a user does on a device: one operation by four numbers, chosen among what the device shows then, so that any
 * numbers mean something. Written to the journal with what was shown before and after it.
 */
#pragma once

#include "tests/sim/journal.h"

struct op_numbers {
	unsigned kind, a, b, c;
};
struct op_names { /* what the generator chooses from */
	const char *name;
	unsigned weight;
};
extern const struct op_names op_names[];
extern const unsigned op_kinds;
/* op_named: the number of one of them; aborts when there is none. */
unsigned op_named(const char *name);
/* op_run: on a fiber of the device; `k`: the operation's number in the journal. */
void op_run(struct journal *j, struct device *d, uint64_t k, const struct op_numbers *n);
