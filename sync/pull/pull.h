/* SPDX-License-Identifier: MIT
 * News of the others: the next commits of every stream, and what those that are here stand on; each is
 * applied as soon as it can be.
 */
#pragma once

#include "sync/core/state.h"
#include "vault/objects/vv.h"

struct sync;
/* pull_run: until nothing more is found. *ret_applied: true if a commit was applied; untouched if not. ERR_CANCELED:
 * the engine is to end. */
MUST_CHECK err_t pull_run(struct sync *s, bool *ret_applied);
/* pull_one: that commit, in its place or under its hash, and what it stands on. ERR_OK also when it is not there. */
MUST_CHECK err_t pull_one(struct sync *s, struct position p, bool *ret_applied);
