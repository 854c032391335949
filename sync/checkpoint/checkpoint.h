/* SPDX-License-Identifier: MIT
 * Making checkpoints.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
MUST_CHECK err_t checkpoint_drop(struct sync *s); /* what a crash left of an unfinished one */
/* checkpoint_due: `times` the bytes of commits are there that call for one. */
bool checkpoint_due(const struct sync *s, unsigned times);
MUST_CHECK err_t checkpoint_make(struct sync *s);
