/* SPDX-License-Identifier: MIT
 * This state is bound to the machine and folder that it was first opened in (sync_config.place): one that is opened
 * elsewhere was copied there, or moved, which nobody can tell apart. So it goes on as a new stream from its first round
 * on (incarnation.h), before anything shows on the store: two copies then never say two things under one number.
 *
 * A state that has published nothing is bound anew instead: nothing of its stream is known to others, and its first
 * commit must be the one that begins it. If both copies of such a one run, the second to publish finds its place taken.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* bound_check: at the opening, once all else is loaded: own.met and own.moved follow. What the map fails with. */
MUST_CHECK err_t bound_check(struct sync *s);
/* bound_put: with what begins a new stream. */
void bound_put(const struct sync *s, struct ops *o);
