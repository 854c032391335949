/* SPDX-License-Identifier: MIT
 * Opening a vault from the store alone.
 */
#pragma once

#include "sync/bootstrap.h"

/* bootstrap_join2: as bootstrap_join, which calls it: statements, the newest checkpoint, the commits beyond it, this
 * device's statement, and its name into the open changeset, which becomes its first commit when it is mounted. */
MUST_CHECK err_t bootstrap_join2(const struct bootstrap *b, const struct slot *slot, struct why *why);
