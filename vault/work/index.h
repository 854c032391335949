/* SPDX-License-Identifier: MIT
 * The local records of the shown tree (vault/shown) in the map, made when they are not there. What others' commits
 * change of them: ahead.h; what operations change goes along with these (operate.c).
 *
 * A record in MAP_STATE says that they belong to what is shown. Who changes shared records in another way than by
 * operations and changeset_deliver, as by loading a checkpoint, does it without that record, and before work_open.
 *
 * A local record that is damaged fails who asks for it. Since all of them follow from the shared ones, the record in
 * MAP_STATE then goes at the end of this mount (index_close), and the next one makes them anew; after a kill it is met
 * again. What the opening itself needs, the count of the root, is looked at before: then they are made anew at once.
 *
 * Most kinds are of what is rare: several links or versions, united directories, void moves. Where a vault has none of
 * a kind, each question would still look for it in every layer of the map, a dozen times an operation. So the opening
 * looks which kinds there are, and who puts one says so before it is in the map.
 */
#pragma once

#include "vault/changeset/mend.h"
#include "vault/shown/context.h"
#include "vault/join/records.h"

#include <stdatomic.h>

#define SHOWN_VERSION 3

struct shown_index {
	struct map *map;
	atomic_bool damaged; /* one of them was found so */
	atomic_uint absent;  /* kinds of which there is none, bit i for 0xA0 + i; others may have some */
};
/* index_view: local records of a map. `x` stays. */
struct view index_view(struct shown_index *x);
/* index_make: unless the record says that they are there: all anew. shown: shared records. Fails as rebuild_shown. */
MUST_CHECK err_t index_make(struct shown_index *x, const struct view *shown, const struct namehash *hash);
/* index_close: nobody asks any more. */
void index_close(struct shown_index *x);
/* index_put: into a batch. */
void index_put(struct shown_index *x, struct batch *b, const struct records *changes);
