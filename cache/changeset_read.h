/* SPDX-License-Identifier: MIT
 * Reading closed changesets back.
 */
#pragma once

#include "cache/types.h"

/* map_delta: for each shared key changed in closed changeset `changeset` with key >= from, in order: value before it
 * and at its close (value.p NULL: absent). Keys whose value did not change in the end are left out. */
typedef int (*map_delta_fn)(void *ctx, struct span key, struct span before, struct span after);
MUST_CHECK err_t map_delta(struct map *m, uint64_t changeset, struct span from, map_delta_fn fn, void *ctx);
/* map_state_at: map_scan of MAP_RECORDS's shared records as they stood at the close of `changeset`, which must be the
 * newest closed. */
MUST_CHECK err_t map_state_at(struct map *m, uint64_t changeset, struct span from, map_visit fn, void *ctx);
