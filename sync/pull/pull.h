/* SPDX-License-Identifier: MIT
 * News of the others.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* pull_streams: the next commits of each stream of the others; *ret_more: there may be more of them. */
MUST_CHECK err_t pull_streams(struct sync *s, bool *ret_more);
