/* SPDX-License-Identifier: MIT
 * Devices of a fleet whose state is copied or put back. Includers use only some of it.
 */
#pragma once

#include "tests/sync_fleet.h"

static UNUSED void backup(struct ship *d, struct base **ret)
{
	ok(map_commit(d->map));
	ok(base_mem_copy(d->base, ret));
}

/* restore: what is there now is gone. */
static UNUSED void restore(struct fleet *f, struct ship *d, struct base *from)
{
	d->cut = from;
	ship_crash(f, d);
}

/* copy_of: a machine that was copied with its disk; both run. */
static UNUSED struct ship *copy_of(struct fleet *f, struct ship *a)
{
	struct base *copy = NULL;
	backup(a, &copy);
	struct ship *b = &f->d[f->n++];
	*b = (struct ship){ .base = copy };
	ship_is(b, a->mine);
	ship_names(b);
	b->store = fault_new(passing_new(f->shared), 9);
	ship_map(b);
	ship_open(f, b);
	return b;
}
