/* SPDX-License-Identifier: MIT
 * Own commits whose places on the store another commit of ours has: one of another life of this state, which was
 * restored from a backup, or copied.
 */
#pragma once

#include "sync/core/config.h"

#include <stdbool.h>
#include <stddef.h>

struct taken {
	uint64_t n; /* of the commit; 0: all have their places */
	size_t at;  /* its first part in the queue */
	bool lost;  /* one that was confirmed is not there, nor another */
};
/* taken_find: the first of what waits, and of the newest `kept` that were confirmed and are retained. Whoever went to
 * the store under its hash (rehome.h) has its place taken still. What map and store fail with. */
MUST_CHECK err_t taken_find(struct sync *s, unsigned kept, struct taken *ret);
/* taken_is_part: a part of a commit; taken_ends: its last one. */
struct item;
bool taken_is_part(const struct item *it);
bool taken_ends(const struct item *it);
