/* SPDX-License-Identifier: MIT
 * Scanning in key order.
 */
#pragma once

#include "cache/types.h"

/* map_scan: fn(ctx, key, value) for each record with `prefix` and key >= from, in key order, over a consistent state,
 * until the end or until fn returns non-zero (MAP_STOP ends with ERR_OK, an err_t ends with that). A record that does
 * not authenticate is passed with value.p == NULL. Keep it short: it pins a state of the base. */
MUST_CHECK err_t map_scan(struct map *m, enum map_table t, struct span prefix, struct span from, map_visit fn,
                          void *ctx);
