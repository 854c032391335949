/* SPDX-License-Identifier: MIT
 * The close: what the open set says becomes the next commit's (core/state_form.h).
 */
#pragma once

#include "sync/core/config.h"

/* A commit has limits: a sixteenth of what it may have. */
#define CLOSE_INODES ((size_t)1 << 18)
#define CLOSE_KEYS ((size_t)1 << 20)
#define CLOSE_BYTES ((uint64_t)64 << 20)

/* close_overdue: the open set is so large that it is to be closed whatever the store is like and whatever waits; and
 * it can be closed. */
bool close_overdue(struct sync *s);

/* close_unfit: what is known to fit in no commit is open still. */
bool close_unfit(struct sync *s);
/* close_may: false: what is open is no more than what is known to fit in no commit, or it has stamps of a commit that
 * is not here (members/incarnation.h). */
bool close_may(struct sync *s);
/* close_run: RESTING to CLOSED. From then on until the commit is made a block that loses its last use keeps its bytes
 * and its place in the queue (QUEUE_PACKING): the commit may name it nevertheless. ERR_NOTFOUND: the open set says
 * nothing; what changeset_close fails with, and nothing is closed. */
MUST_CHECK err_t close_run(struct sync *s);
