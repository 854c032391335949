/* SPDX-License-Identifier: MIT
 * The check for free space. With apply_lock.
 */
#pragma once

#include "cache/batch.h"

/* room_for: ERR_NOSPACE unless the disk would take `cost` bytes after all that waits in the memtables, and keep
 * `reserve`. */
MUST_CHECK err_t room_for(struct map *m, uint64_t cost, uint64_t reserve);
/* room_check: the same for a batch. Deleting is always possible. */
MUST_CHECK err_t room_check(struct map *m, const struct batch *b);
