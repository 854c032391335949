/* SPDX-License-Identifier: MIT
 * A life of this device's state: one stream. A state that was restored from a backup, or copied, finds more
 * of its stream on the store than it wrote: then it goes on as a new stream, and its own former one is like any
 * other's.
 *
 * What is open keeps its stamps: their dot is a commit of the former stream. So the new stream says nothing before it
 * has applied that commit, whatever it holds; where there is none, one that says nothing is made (pull/former.h). What
 * was closed and is in no commit is open again.
 */
#pragma once

#include "sync/core/state_form.h"

struct sync;
/* incarnation_begin: `first`: own commits from that one on are under their hashes on the store, since others have
 * their places (publish/rehome.h); 0: none. ERR_DAMAGED: not yet: commits of the former one wait for their way to the
 * store, or incarnation_may is false: the store lacks something of the stream before, which is named (pull/former.h).
 * Else what store and map fail with. Nothing has begun then. */
MUST_CHECK err_t incarnation_begin(struct sync *s, uint64_t first);
/* incarnation_may: whether what is open may be published. */
bool incarnation_may(struct sync *s);
