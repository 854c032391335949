/* SPDX-License-Identifier: MIT
 * Whether the store has a block now: before the copy here, which may be the last one, is dropped. Asked of its segment,
 * and believed for ten minutes; of damage inside nothing is seen.
 */
#pragma once

#include "sync/fetch/fetch.h"

#include <stdbool.h>

/* confirmed_new: over what the fetch has. confirmed_freep: NULL is fine. */
struct confirmed;
struct confirmed *confirmed_new(struct store *store, struct map *map);
void confirmed_freep(struct confirmed **c);
/* confirmed_ask: *ret of each block: its segment was seen now or lately, or nothing names the block. `now`: mono ns.
 * `send`: the store is asked; else only what is remembered counts. What cannot be asked is not confirmed; a segment
 * that is missing is remembered as lost (core/stored.h). One thread at a time. ERR_NOMEM. */
MUST_CHECK err_t confirmed_ask(struct confirmed *c, const struct id *ids, size_t n, bool send, int64_t now, bool *ret);
