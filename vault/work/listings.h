/* SPDX-License-Identifier: MIT
 * Names of directories as they were listed, for the next listing: to read a name costs a search and a record that is
 * opened, and the kernel keeps no listings (fs/fuse/ops_dir.c).
 *
 * A *part* has all names of a directory from one hash to another, both included. What is in it follows from the local
 * records NAMES of that directory alone (vault/shown/shown_key.h): it is kept only of a directory that is united with
 * no other, and only if each of its names stands by itself (SPECIAL). So it holds until one of these records, or
 * MEMBERS, changes, and what changes them drops it (listings_changed): under the caller's lock, write side, or while
 * everybody is stopped. Numbers are as recorded: stand-ins are put in by who reads it.
 *
 * Bounded: LISTINGS_BYTES in LISTINGS_PARTS parts; what was not asked for lately goes first (CLOCK). Another thread may
 * have a part that is dropped for room: it is freed by its last user.
 */
#pragma once

#include "vault/join/records.h"
#include "vault/shown/children.h"

#include <pthread.h>

#define LISTINGS_NAMES 512 /* in a part at most */
#define LISTINGS_PARTS 1024
#define LISTINGS_BYTES (4u << 20)
#define LISTINGS_BUCKETS 256

struct listings_part {
	uint64_t dir, first, last;
	struct buf names;           /* of listings_visit */
	struct listings_part *next; /* in its bucket; listings.lock, and all below */
	unsigned users, slot;
	bool kept, used;
};
struct listings {
	pthread_mutex_t lock; /* a leaf; all below */
	struct listings_part *bucket[LISTINGS_BUCKETS], *slot[LISTINGS_PARTS];
	unsigned hand;
	size_t bytes;
};
void listings_begin(struct listings *l);
void listings_end(struct listings *l);

/* listings_take: a part that begins at `from` or before and has what follows it; NULL: none is kept. With the caller's
 * lock, until listings_put. */
struct listings_part *listings_take(struct listings *l, struct children_from from);
/* listings_read: the same, read anew, and kept. dir: united with no other. *ret is NULL if names there do not stand by
 * themselves: then nothing is kept. ERR_NOMEM; what reading records fails with. */
MUST_CHECK err_t listings_read(struct listings *l, const struct context *c, struct children_from from,
                               struct listings_part **ret);
void listings_put(struct listings *l, struct listings_part *p);
/* listings_visit: as children_visit, what is in the part. */
MUST_CHECK err_t listings_visit(const struct listings_part *p, uint64_t from, children_fn fn, void *ctx);

/* listings_changed: these local records change, or did. listings_drop: all may have. */
void listings_changed(struct listings *l, const struct records *local);
void listings_drop(struct listings *l);
