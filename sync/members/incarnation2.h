/* SPDX-License-Identifier: MIT
 * A life of this device's state, format 2: one stream. A state that was restored from a backup, or copied, finds more
 * of its stream on the store than it wrote: then it goes on as a new stream, and its own former one is like any
 * other's.
 *
 * What is open keeps its stamps: their dot is a commit of the former stream. So the new stream says nothing before it
 * has applied that commit, whatever it holds.
 */
#pragma once

#include "sync/core/state2.h"

struct sync;
/* incarnation2_begin: ERR_FORK: it cannot: no slot is open that signs the new stream's statement, or commits of the
 * former one wait for their way to the store. Else what store and map fail with: nothing has begun. */
MUST_CHECK err_t incarnation2_begin(struct sync *s);
/* incarnation2_may: whether what is open may be published. */
bool incarnation2_may(struct sync *s);
