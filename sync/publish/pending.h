/* SPDX-License-Identifier: MIT
 * Closed changesets that are in no commit.
 */
#pragma once

#include "sync/core/delta.h"

/* delta_pending: what the closed changesets without a commit come to together, in order of keys. */
MUST_CHECK err_t delta_pending(struct delta *d, struct sync *s);
