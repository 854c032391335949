/* SPDX-License-Identifier: MIT
 * This device begins an epoch (docs/format.md, "Epochs"; terms and states: members/begun.h).
 *
 *   what is closed without a commit is open again ---> statements that the map lacks into the open set ---> what is
 * said of members is closed, and nothing else ---> root and boxes ---> the commit, in one transaction with the root
 *
 * A crash before the last leaves a closed set that is open again the next time, since it is due still; no root of it
 * was anywhere.
 */
#pragma once

#include "util/error.h"

struct sync;
/* begin_run: if it is due: RESTING or CLOSED to QUEUED (core/state_form.h). It asks the store for nothing. ERR_VERSION:
 * to a member no box can be made here; ERR_LIMIT; what map and changeset fail with. */
MUST_CHECK err_t begin_run(struct sync *s);
