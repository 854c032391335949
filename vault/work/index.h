/* SPDX-License-Identifier: MIT
 * The local records of the shown tree (vault/shown) in the map: made when they are not there, and following what
 * others' commits change. What operations change goes along with them (operate.c).
 *
 * A record in MAP_STATE says that they belong to what is shown. Who changes shared records in another way than by
 * operations and changeset_deliver, as by loading a checkpoint, does it without that record, and before work_open.
 */
#pragma once

#include "cache/map.h"
#include "vault/act/act.h"
#include "vault/shown/context.h"
#include "vault/work/work.h"

#define STATE_SHOWN "shown" /* in MAP_STATE: version(u8) of the local records */
#define SHOWN_VERSION 2

/* index_view: local records of a map. */
struct view index_view(struct map *map);
/* index_make: unless the record says that they are there: all anew. shown: shared records. Fails as rebuild_shown. */
MUST_CHECK err_t index_make(struct map *map, const struct view *shown, const struct namehash *hash);
/* index_put: into a batch. */
void index_put(struct batch *b, const struct records *changes);
/* index_follow: what becomes of them because of changes of published records, into a batch: as struct follow. */
struct index_change {
	const struct view *published; /* as before */
	const struct records *changes;
	const struct tree_naming *naming; /* for who is told */
	const struct work_told *told;     /* NULL: nobody */
	struct work_changes *news;        /* what they are to be told */
	struct act_handle *handles;       /* files that are open: which are parted (parted.h) */
	const struct act_numbers *numbers;
	struct stand_ins *next; /* those of `naming`; as they will be */
	struct u64s *gone;      /* struct shown_change */
};
MUST_CHECK err_t index_follow(struct changeset *c, const struct namehash *hash, const struct index_change *change,
                              struct batch *b);
