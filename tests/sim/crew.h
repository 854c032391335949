/* SPDX-License-Identifier: MIT
 * The inside of a world: its devices, and how they are opened, closed, killed and called. For the files of the world
 * only.
 */
#pragma once

#include "tests/sim/device.h"
#include "tests/sim/host.h"
#include "tests/sim/journal.h"
#include "tests/sim/ops.h"
#include "tests/sim/plan.h"
#include "tests/sim/prng.h"

#define CREW_MAX 6 /* devices; HOST_OUTSIDE is none of them */

struct world {
	struct journal *j;
	struct net *net;
	struct device_vault *vault;
	struct device dev[CREW_MAX];
	unsigned n;
	const char *turn_ops; /* what users do in hand-overs (plan.h) */
	bool durable;         /* these end so */
	uint64_t ops;         /* journaled so far */
	uint64_t r;           /* for what no event names */
	uint64_t asked;       /* of which answers it is tried whether they are true (asked.h) */
};
struct call { /* what a fiber of crew_call gets */
	struct world *w;
	struct device *d;
	err_t e; /* its answer */
	struct op_numbers op;
};
/* crew_bit: as one of the owners of host_run. */
static inline uint64_t crew_bit(const struct device *d)
{
	return UINT64_C(1) << d->no;
}
/* crew_until: turns of the device's fibers, and the store answers as it should, until `f` ends; false: it does not. */
bool crew_until(struct world *w, struct device *d, const struct fiber *f);
/* crew_call: `fn(struct call *)` on a fiber of the device, to its end; aborts when it has none: nothing here may hang.
 */
err_t crew_call(struct world *w, struct device *d, fiber_fn fn);
/* crew_step: a step of store or disk of device `owner`, as net_new wants it. */
bool crew_step(void *w, unsigned owner);
/* crew_background: what would be the threads of all devices. */
void crew_background(struct world *w, uint64_t pick);

/* crew_make: the vault and its first device. crew_join: one more; what joining failed with. crew_fresh: the next struct
 * device, not opened. */
void crew_make(struct world *w);
err_t crew_join(struct world *w);
struct device *crew_fresh(struct world *w);
/* crew_down: closed, in order or, when it is dead, as it is. crew_reopen: from what its disk holds. */
void crew_down(struct world *w, struct device *d, bool dead);
void crew_reopen(struct world *w, struct device *d);
/* crew_bury: whoever is dead is opened again. */
void crew_bury(struct world *w);
/* crew_close_handles: a fiber of crew_call: what users hold open. */
void *crew_close_handles(void *call);
