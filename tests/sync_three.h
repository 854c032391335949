/* SPDX-License-Identifier: MIT
 * Three devices of a fleet, of which the first let the others in, and all have published.
 */
#pragma once

#include "tests/sync_fleet.h"

struct three {
	struct fleet f;
	struct ship *a, *b, *c; /* by when they came */
};

static void begin(struct three *x)
{
	fleet_new(&x->f, &vault);
	x->a = &x->f.d[0];
	x->b = fleet_join(&x->f, "laptop");
	x->c = fleet_join(&x->f, "phone");
	ship_must(x->b, DEED_WRITE, "/b", "1");
	ship_must(x->c, DEED_WRITE, "/c", "1");
	fleet_settle(&x->f);
}
