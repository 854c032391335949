/* SPDX-License-Identifier: MIT
 * What is remembered of each segment that a published record lists, own ones and others': when it was last seen on the
 * store, and whether that lost it. A record of MAP_STATE each.
 *
 * Key "sync.stored." id. Value, little-endian: version(u8: 2) sequence(u64) size(u64) looked(i64) lost(u8: 0, 1, 2)
 * missing(u32)
 *   sequence  of the queue, when it was uploaded here: the newest is the greatest; 0: another device's
 *   size      of the object
 *   looked    wall seconds when it was last seen whole; 0: never since it was uploaded, or came here
 *   lost      1: it was missing, shorter, or a block in it was damaged, and not all of it could be stored again; 2: and
 *             a person gave up what is not there (lost.h): it is still looked for, and is no lack
 *   missing   so many of its blocks; 0: not known. When it is given up: no more than these are
 */
#pragma once

#include "sync/core/ops.h"

#include <stdbool.h>

#define STATE_STORED "sync.stored."

struct stored {
	struct id segment;
	uint64_t sequence, size;
	int64_t looked;
	bool lost;
	bool given; /* lost, and given up */
	uint32_t missing;
};
/* stored_is_lack: lost, and not given up. */
static inline bool stored_is_lack(const struct stored *x)
{
	return x->lost && !x->given;
}
/* stored_put: into a transaction or batch; replaces. stored_del: nothing needs it any more. */
void stored_put(struct ops *o, const struct stored *x);
void stored_del(struct ops *o, struct id segment);
/* stored_get: ERR_NOTFOUND; ERR_DAMAGED, ERR_VERSION, what map_get fails with. */
MUST_CHECK err_t stored_get(struct map *m, struct id segment, struct stored *ret);
/* stored_new: what a published SEGMENT says, unless it is known: into `o`. */
MUST_CHECK err_t stored_new(struct map *m, struct ops *o, const struct stored *x);
/* stored_lose: somebody met a segment that is missing or damaged. Any thread; durable with the next commit of the map,
 * or round that finds it. */
MUST_CHECK err_t stored_lose(struct map *m, struct id segment);

/* A record of MAP_STATE while any is a lack, so that it is known at once. stored_lost: any thread; true also when it
 * cannot be read. */
#define STATE_LOST "sync.lost"
bool stored_lost(struct map *m);
/* stored_put_lost: whether any is, into a batch. */
void stored_put_lost(struct ops *o, bool any);

struct stored_list {
	struct stored *v;
	size_t n, cap;
};
void stored_list_free(struct stored_list *l);
/* stored_all: a record that cannot be read counts as one of which nothing is known. */
MUST_CHECK err_t stored_all(struct map *m, struct stored_list *ret);
