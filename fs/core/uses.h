/* SPDX-License-Identifier: MIT
 * How often blocks are used that only this device has: a block that nothing names any more goes at once,
 * with its bytes and its place in the queue. What is in a segment is not counted: gc tells what becomes of it.
 *
 *   use   an extent in a window of a content of the open changeset or an older one that is not packed yet, or a version
 *         that is that block
 *   REF   number of uses, if they are not one: of a block that waits in the queue
 */
#pragma once

#include "fs/core/config.h"

struct use {
	struct id id;
	int32_t more;
	bool fresh; /* sealed in this change */
};
struct uses { /* what a change adds and takes away */
	struct use *v;
	size_t n, cap;
};
void uses_free(struct uses *u);
/* uses_add: `more`: may be negative. */
MUST_CHECK err_t uses_add(struct uses *u, struct id block, int32_t more);
/* uses_block: a block that was sealed: its bytes and its place in the queue, into `b`. Takes `sealed` over. */
MUST_CHECK err_t uses_block(struct uses *u, struct batch *b, struct id block, const struct pending_block *p,
                            struct buf *sealed);
/* uses_finish: into `b`: how often blocks are used then, and that those go which are not. ERR_DAMAGED, ERR_VERSION,
 * ERR_NOMEM; what the map fails with. */
MUST_CHECK err_t uses_finish(struct uses *u, struct map *m, struct batch *b);
