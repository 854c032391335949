/* SPDX-License-Identifier: MIT
 * Applying batches.
 */
#pragma once

#include "cache/batch.h"

/* map_apply: makes the batch visible at once, all or nothing, and clears it. Memory only: never waits for disk.
 * ERR_NOSPACE when the disk could not take it and keep the reserve, of which a batch may take by what it is for
 * (batch_use); ERR_NOMEM; ERR_LIMIT; ERR_IO once a commit or log write has failed for good. On error nothing is
 * applied.
 */
MUST_CHECK err_t map_apply(struct map *m, struct batch *b);
/* map_room: ERR_NOSPACE when the disk could not take `bytes` more, so that a writer can be told before it is too late;
 * ERR_BUSY: not yet, the next commit makes room. So whom map_apply refused can ask whether to try again.
 */
MUST_CHECK err_t map_room(struct map *m, uint64_t bytes);
/* map_refused_lately: in the last five seconds map_claim found no room. A commit frees some right after, so who asks
 * map_room then hears of room that the writer had not. */
bool map_refused_lately(struct map *m);
/* map_claim: sets `bytes` aside for what is accepted now and applied later, in MAP_CLAIMED batches: ERR_NOSPACE when
 * the disk could not take them; ERR_BUSY: not yet, the next commit (map_on_drain) makes room; ERR_IO as of map_apply.
 * map_claim_change: what is set aside grows or shrinks: what was applied is claimed no more. */
MUST_CHECK err_t map_claim(struct map *m, uint64_t bytes);
void map_claim_change(struct map *m, int64_t by);
/* map_pressure: true while the memtables hold more than memtable_max: writers of bulk data should wait (map_on_drain).
 * Not while the disk is full: there is nothing to wait for, and map_apply says so. */
bool map_pressure(const struct map *m);
