/* SPDX-License-Identifier: MIT
 * The check for free space. With apply_lock.
 */
#pragma once

#include "cache/batch.h"
#include "cache/stats.h"

/* room_for: ERR_NOSPACE unless the disk would take `cost` bytes after all that waits, and keep what that use leaves. */
MUST_CHECK err_t room_for(struct map *m, uint64_t cost, enum map_use use);
/* room_later: after room_for refused MAP_WRITES: what the memtables hold is reckoned twice until it is in the base, and
 * reckoned once it would leave room. So a commit gives it. Claims count twice: no commit of the map ends them. What a
 * commit under way puts into the base is not counted: the base may have it already, and whoever waits for the end of
 * that commit is told truly then. */
bool room_later(struct map *m, uint64_t cost);
/* room_space: the same as figures: what room_for would find there for nobody, and for MAP_WRITES. */
void room_space(struct map *m, struct map_space *ret);
/* room_check: the same for a batch. Deleting is always possible. */
MUST_CHECK err_t room_check(struct map *m, const struct batch *b);
