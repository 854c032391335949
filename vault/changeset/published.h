/* SPDX-License-Identifier: MIT
 * The shared records of the map as a view: what is published, here the join of the commits that were applied.
 */
#pragma once

#include "cache/map.h"
#include "vault/join/view.h"

/* published_view: as long as `map` is open; also of an empty prefix only what is shared. ERR_DAMAGED: a value does not
 * authenticate; what map_get and map_scan fail with. Any thread. */
struct view published_view(struct map *map);
