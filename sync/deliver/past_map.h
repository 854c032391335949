/* SPDX-License-Identifier: MIT
 * Where the past is remembered: MAP_STATE.
 *
 *   STATE_PAST (core/state_form.h)      past_encode
 *   "sync.floor." stream(u64be)     n(u64) lamport(u64): a checkpoint brought all up to there, of which nothing is
 * known but what has a record of its own
 */
#pragma once

#include "cache/map.h"
#include "sync/core/ops.h"
#include "sync/deliver/past.h"

/* past_of_map: as long as the map is open. Any thread. */
struct past past_of_map(struct map *m);
/* past_put, past_put_floor: sticky, as ops_put. */
void past_put(struct ops *o, struct position p, const struct past_commit *c);
void past_put_floor(struct ops *o, struct position p, uint64_t lamport);
/* past_remember: an applied commit: whole at times. */
void past_remember(struct ops *o, const struct claim *c, const struct past_basis *b, uint64_t lamport);
