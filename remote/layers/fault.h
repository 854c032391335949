/* SPDX-License-Identifier: MIT
 * A layer for tests that makes a store misbehave, repeatably: each decision comes from the seed, the object's name and
 * how often that name was asked for, not from the order of threads. Rates are per 1,000 requests.
 */
#pragma once

#include "remote/store.h"

#include <stdint.h>

enum fault_ops { FAULT_PUT = 1, FAULT_GET = 2, FAULT_DEL = 4, FAULT_ALL = 7 };
struct fault_plan {
	unsigned ops;     /* which calls it is for (fault_ops); 0: all */
	unsigned error;   /* fails with `error_code`, the inner store never asked */
	err_t error_code; /* ERR_OK: ERR_NET */
	unsigned lost;    /* the inner store does it, the answer is ERR_TIMEOUT */
	unsigned delay;   /* takes up to `delay_ms` longer */
	unsigned delay_ms;
	unsigned stall; /* ERR_TIMEOUT after `stall_ms`, never done */
	unsigned stall_ms;
	unsigned cut;     /* GET: a shorter body, still ERR_OK */
	unsigned garble;  /* GET: one byte changed */
	bool front;       /* these two in the first half of the body: its end may be padding, which nobody misses */
	unsigned stale;   /* GET: ERR_NOTFOUND although it may be there */
	bool alone;       /* `error_code` is as one that a store has for that object (store.h) */
	const char *name; /* the object that it is for; NULL: all */
};
struct fault_counts { /* since fault_new */
	uint64_t requests, errors, lost, delays, stalls, cuts, garbles, stales, paused;
};
/* fault_new: takes `inner` over, also on failure (NULL). Nothing goes wrong until a plan is set. */
struct store *fault_new(struct store *inner, uint64_t seed);
/* fault_set: another plan from now on. */
void fault_set(struct store *s, const struct fault_plan *plan);
/* fault_offline: everything (list and check too) fails with `e` from now on; ERR_OK: back online. */
void fault_offline(struct store *s, err_t e);
/* fault_pause: requests of the kinds in `ops` wait before the inner store until released with 0. */
void fault_pause(struct store *s, unsigned ops);
/* fault_counts: how often each thing has happened. */
struct fault_counts fault_counts(struct store *s);
