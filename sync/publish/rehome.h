/* SPDX-License-Identifier: MIT
 * Own commits whose place on the store another commit has (taken.h). They are signed, and what is open may stand on
 * them, or somebody else does; so they go to the store under their hashes, where whoever needs one looks
 * (pull/pull.h): of the stream they are another branch.
 */
#pragma once

#include "sync/publish/taken.h"

/* rehome_run: the commit whose place is taken, and all after it, get another name in the queue, in one durable
 * transaction, and wait there, also those that were confirmed: the other life wrote over them. What the map fails with:
 * nothing is renamed. */
MUST_CHECK err_t rehome_run(struct sync *s, const struct taken *from);
