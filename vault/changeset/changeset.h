/* SPDX-License-Identifier: MIT
 * The open changeset of this device, as it lies in the map (README.md, "How it lies on disk").
 *
 * Terms
 *   published  shared records of the map: the join of the commits that are applied here
 *   open       the set that operations add to (operation.h)
 *   closed     the set that becomes, or is, the next commit; empty when there is none (close.h). It is joined into what
 *              is published when the commit's bytes are durable (publish.h)
 *   shown      published, joined with closed, joined with open
 *   below      published, joined with closed: what the open set is said of
 *
 *                  operation                close                      publish, in parts
 *      (nothing) ------------> open set ------------> closed set ------------------------> published
 *                                         (the other one is open)
 *
 * Threads: what operations do is done under one lock of the caller (the namespace), which the map's freeze hook takes;
 * closing, publishing and delivering is one thread's, the engine's. Whoever reads what is shown holds the caller's lock
 * or is the engine.
 */
#pragma once

#include "vault/changeset/joined.h"
#include "vault/changeset/recent.h"
#include "vault/changeset/state.h"

#define LAMPORT_AHEAD 4096 /* what is given out without a write */

struct changeset {
	struct map *map;
	struct said sets[2];
	struct said *open, *closed;      /* changed while all is stopped, by the engine */
	struct joined shown, below;      /* likewise: of these sets */
	struct recent recent;            /* of what is shown */
	uint64_t stream;                 /* of this device */
	struct changeset_state recorded; /* as in the map; the caller's lock */
	uint64_t lamport;                /* greatest that was seen or given out; the caller's lock */
};
/* changeset_open: of a map, which stays open until changeset_freep. What is not there yet begins: n is 1.
 * ERR_DAMAGED, ERR_VERSION; ERR_NOMEM; what the map fails with. */
MUST_CHECK err_t changeset_open(struct map *map, uint64_t stream, struct changeset **ret);
void changeset_freep(struct changeset **c);

static inline const struct view *changeset_shown(const struct changeset *c)
{
	return &c->shown.view;
}
static inline const struct view *changeset_below(const struct changeset *c)
{
	return &c->below.view;
}
/* changeset_n: of the commit that the open changeset will be. */
static inline uint64_t changeset_n(const struct changeset *c)
{
	return c->recorded.n;
}

/* changeset_tick: the next stamp. Whoever puts it into the map says so in the same batch (changeset_reserve). */
struct stamp changeset_tick(struct changeset *c);
/* changeset_saw: a lamport of others. */
void changeset_saw(struct changeset *c, uint64_t lamport);
/* changeset_reserve: into a batch: that stamps up to the present one are in the map, and some more, if the record does
 * not say so yet. Then *ret is what it says once the batch is applied: changeset_recorded. */
MUST_CHECK err_t changeset_reserve(const struct changeset *c, struct batch *b, struct changeset_state *ret);
void changeset_recorded(struct changeset *c, const struct changeset_state *s);
/* changeset_turn: which set is open: after the map says so. */
void changeset_turn(struct changeset *c, const struct changeset_state *s);
