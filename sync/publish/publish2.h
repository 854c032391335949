/* SPDX-License-Identifier: MIT
 * From the closed set to what is published, format 2: states and steps are in core/state2.h.
 */
#pragma once

#include "sync/core/config.h"

/* publish2_finish: whatever is closed is packed, becomes a commit in the queue, and joins what is published: RESTING is
 * what is left. Nothing is sent. After a failure or a crash it goes on where it was. ERR_CANCELED: the engine is to
 * end.
 */
MUST_CHECK err_t publish2_finish(struct sync *s);
