/* SPDX-License-Identifier: MIT
 * Replaying the WAL.
 */
#pragma once

#include "cache/types.h"

/* replay_run: applies and commits what the WAL holds beyond the base. */
MUST_CHECK err_t replay_run(struct map *m, struct why *why);
