/* SPDX-License-Identifier: MIT
 * One commit of another device.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
struct pulled { /* a verified commit with its changes, until it is applied */
	struct pulled *next;
	struct hash hash, digest;
	struct announce manifest;
	struct buf *plain; /* one a part */
	uint32_t parts;
	size_t bytes;
};
/* pull_commit: GETs and verifies commit n of a stream. ERR_NOTFOUND: not there; ERR_DAMAGED: named in the log. */
MUST_CHECK err_t pull_commit(struct sync *s, struct stream *st, uint64_t n, struct commit_record *record,
                             struct pulled **ret);
void pulled_free(struct pulled *p);
static inline void pulled_freep(struct pulled **p)
{
	pulled_free(*p);
}
