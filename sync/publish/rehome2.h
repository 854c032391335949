/* SPDX-License-Identifier: MIT
 * Own commits that wait in the queue while another commit has their place on the store: of the other life of a state
 * that was restored or copied. They are signed, and what is open may stand on them; so they go to the store under their
 * hashes, where whoever needs one looks (pull/pull2.h): of the stream they are another branch.
 */
#pragma once

#include "sync/core/config.h"

/* rehome2_run: the first commit whose place is taken, and all after it, get another name in the queue, in one durable
 * transaction. *ret_first: its n; 0: all have their places. What map and store fail with: nothing is renamed. */
MUST_CHECK err_t rehome2_run(struct sync *s, uint64_t *ret_first);
