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
struct map_freeze {                /* a freeze hook; each may be NULL */
	void (*before)(void *ctx); /* what can be done while nobody is stopped yet */
	void (*enter)(void *ctx);
	void (*leave)(void *ctx);
	void *ctx;
};
/* map_on_freeze: keeps the order of operations across a crash. Before the map decides what a log write or commit
 * contains, it calls before, then enter: the file system stops its operations and applies every buffered write; the map
 * then only swaps pointers and calls leave. So never call map_sync, map_commit or map_transact while holding what they
 * take. At most one hook: NULL removes it. */
void map_on_freeze(struct map *m, const struct map_freeze *hook);

/* map_stopped: calls the freeze hook around fn(ctx): everything buffered above is applied before it runs, and nothing
 * more comes until it has returned. So what it applies lies between what was done before and after, also across a
 * crash. fn may read, scan and map_apply, no more; the time it takes is a freeze. Returns what fn does; writes nothing
 * itself. Where map_sync may not be called (map_on_freeze), this may not either. */
MUST_CHECK err_t map_stopped(struct map *m, err_t (*fn)(void *ctx), void *ctx);
