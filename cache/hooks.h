/* SPDX-License-Identifier: MIT
 * What the floors above are told by the map.
 */
#pragma once

#include "cache/types.h"

/* map_on_drain: fn(ctx) runs on the committer's thread after each commit, holding no lock; at most one; NULL removes
 * it. */
void map_on_drain(struct map *m, void (*fn)(void *ctx), void *ctx);

/* map_gather: runs the freeze hook alone: what is buffered above is applied. Writes nothing. */
void map_gather(struct map *m);
/* map_on_freeze: keeps the order of operations across a crash. Before the map decides what a log write, commit or close
 * contains, it calls enter(ctx): the file system stops its operations and applies every buffered write; the map then
 * only swaps pointers and calls leave(ctx). So never call map_sync, map_commit, map_changeset_close, map_transact or
 * map_apply_changeset while holding what enter takes. At most one hook. */
void map_on_freeze(struct map *m, void (*enter)(void *ctx), void (*leave)(void *ctx), void *ctx);
