/* SPDX-License-Identifier: MIT
 * A commit of another device that is here: its parts are verified to be of its stream's device; whether it may be
 * applied is deliver.h.
 */
#pragma once

#include "sync/deliver/ready.h"
#include "vault/objects/commit_check.h"

struct pulled {
	struct arrival arrival; /* first; its entries are those of the last part */
	struct id stream;       /* as members have it */
	struct hash hash;
	uint32_t epoch;   /* under which it is sealed */
	uint64_t stored;  /* bytes of its objects */
	uint64_t most;    /* bytes of contents that are taken; 0: COMMIT_BYTES_MAX */
	struct hash over; /* behind ERR_LIMIT: of the part that is too much */
	bool too_large;   /* it is more, so it is refused: the last part alone is here, which says whose it is */
	struct commit_part *parts;
	struct buf *plain; /* one a part */
	size_t n, cap, plain_cap;
};
void pulled_free(struct pulled *p);
static inline void pulled_freep(struct pulled **p)
{
	pulled_free(*p);
}
static inline const struct commit *pulled_last(const struct pulled *p)
{
	return &p->parts[p->n - 1].c;
}
/* pulled_of: what a room has: the inverse of &p->arrival. */
static inline struct pulled *pulled_of(struct arrival *a)
{
	return (struct pulled *)(void *)a;
}
/* pulled_add: the next part: takes `plain` and decodes it. ERR_DAMAGED: not the next one of this commit; ERR_LIMIT: too
 * much in all; ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t pulled_add(struct pulled *p, struct buf *plain, struct hash hash);
/* pulled_only_last: behind ERR_LIMIT: the last part takes the place of those that are here, which it must name: then
 * all devices find it too large. ERR_DAMAGED: it does not; ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t pulled_only_last(struct pulled *p, struct buf *plain, struct hash hash);
/* pulled_whole: all parts are there: fills in the arrival. ERR_DAMAGED: they are not those of one commit. */
MUST_CHECK err_t pulled_whole(struct pulled *p);
