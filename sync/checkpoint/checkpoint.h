/* SPDX-License-Identifier: MIT
 * A checkpoint that was not finished (make.h).
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* checkpoint_drop: what a crash or a failure left of it leaves the queue. */
MUST_CHECK err_t checkpoint_drop(struct sync *s);
