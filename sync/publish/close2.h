/* SPDX-License-Identifier: MIT
 * The close, format 2: what the open set says becomes the next commit's (core/state2.h).
 */
#pragma once

#include "sync/core/config.h"

/* close2_run: RESTING to CLOSED. From then on until the commit is made a block that loses its last use keeps its bytes
 * and its place in the queue (QUEUE_PACKING): the commit may name it nevertheless. ERR_NOTFOUND: the open set says
 * nothing; what changeset_close fails with, and nothing is closed. */
MUST_CHECK err_t close2_run(struct sync *s);
