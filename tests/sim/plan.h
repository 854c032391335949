/* SPDX-License-Identifier: MIT
 * A schedule: a list of events, each a few numbers that mean something whatever happened before, so that any part of a
 * schedule is one. As text: a line each, "kind device number ..."; "#" begins a comment.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PLAN_NUMBERS 4
#define PLAN_DEVICES 3 /* at the begin */

enum event_kind {
	EVENT_USER,    /* device, operation, a, b, c: a user's operation (ops.h) */
	EVENT_ROUND,   /* device, answers, faults, seed: a round, or more of it: so many answers of the store, of 100 so
	                  many with a fault */
	EVENT_RUN,     /* device, turns, seed: what would be its threads */
	EVENT_TICK,    /* device, ms: time goes on for all */
	EVENT_WALL,    /* device, seconds: its wall clock is set back (odd) or forward */
	EVENT_COMMIT,  /* device: its map commits */
	EVENT_CRASH,   /* device, steps: the power is cut after so many steps of store or disk */
	EVENT_RESTART, /* device, checkpoint size: closed and opened in order */
	EVENT_OFFLINE, /* device, 0: the store is there again */
	EVENT_BACKUP,  /* device: its disk is copied */
	EVENT_RESTORE, /* device: the copy is put in the disk's place */
	EVENT_CLONE,   /* device: a copy of its disk runs on beside it */
	EVENT_WITHHOLD, /* device, object: the store does not give it to this device */
	EVENT_VEIL,     /* device, other: from now on neither sees what the other publishes */
	EVENT_RELEASE,  /* what is withheld is given, what was unseen is seen */
	EVENT_LATE,     /* device, which: a PUT that was on its way arrives */
	EVENT_EVICT,    /* device: blocks that the store has leave it */
	EVENT_JOIN,     /* a further device */
	EVENT_LOSE,     /* device: the store loses its statement; it starts anew */
	EVENT_PART, /* device, operations, 0, seed: it and the next publish without seeing each other, and the rest see
	               both */
	EVENT_TURN, /* device, operations, seed: a hand-over: it gets everything, works, and publishes everything */
	EVENT_KINDS
};
struct event {
	enum event_kind kind;
	unsigned device;
	uint64_t n[PLAN_NUMBERS];
};
struct plan {
	uint64_t seed; /* of the world's randomness */
	char kind[16]; /* which weights: "handover", "wild" ... */
	bool narrow;   /* host.h */
	unsigned form; /* 1: signing keys are hashes (host.h), hand-overs end durably; 0, of older scripts: neither */
	struct event *list;
	size_t n;
};
/* plan_make: `steps` events by the seed; false: no such kind. plan_read: from text; false: a line is none, said on
 * stderr. plan_free. */
bool plan_make(struct plan *p, const char *kind, uint64_t seed, unsigned steps);
bool plan_read(struct plan *p, FILE *f);
void plan_write(const struct plan *p, FILE *f);
/* plan_text: one event, into `ret`. */
void plan_text(const struct event *e, char *ret, size_t size);
void plan_free(struct plan *p);
/* plan_some_op: the number of an operation (ops.h); of those whose names, between spaces, are in `allowed`; NULL: of
 * all. plan_turn_ops: what is allowed in hand-overs of a kind of schedule. */
unsigned plan_some_op(const char *allowed, uint64_t *r);
const char *plan_turn_ops(const char *kind);
/* plan_kinds: their names, for the command line. */
const char *plan_kind_name(unsigned i);
