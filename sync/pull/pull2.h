/* SPDX-License-Identifier: MIT
 * News of the others, format 2: the next commits of every stream, and what those that are here stand on; each is
 * applied as soon as it can be.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* pull2_run: until nothing more is found. *ret_applied: true if a commit was applied; untouched if not. ERR_CANCELED:
 * the engine is to end. */
MUST_CHECK err_t pull2_run(struct sync *s, bool *ret_applied);
