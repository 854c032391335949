/* SPDX-License-Identifier: MIT
 * The local records of the shown tree (vault/shown) in the map, made when they are not there. What others' commits
 * change of them: ahead.h; what operations change goes along with these (operate.c).
 *
 * A record in MAP_STATE says that they belong to what is shown. Who changes shared records in another way than by
 * operations and changeset_deliver, as by loading a checkpoint, does it without that record, and before work_open.
 */
#pragma once

#include "cache/map.h"
#include "vault/shown/context.h"
#include "vault/join/records.h"

#define STATE_SHOWN "shown" /* in MAP_STATE: version(u8) of the local records */
#define SHOWN_VERSION 2

/* index_view: local records of a map. */
struct view index_view(struct map *map);
/* index_make: unless the record says that they are there: all anew. shown: shared records. Fails as rebuild_shown. */
MUST_CHECK err_t index_make(struct map *map, const struct view *shown, const struct namehash *hash);
/* index_put: into a batch. */
void index_put(struct batch *b, const struct records *changes);
