/* SPDX-License-Identifier: MIT
 * A failure that is final.
 */
#pragma once

#include "cache/types.h"

/* map_fail: makes the map read-only for good; returns `e`. */
err_t map_fail(struct map *m, err_t e, const char *what);
/* map_failed: ERR_IO after that, else ERR_OK. */
err_t map_failed(struct map *m);
