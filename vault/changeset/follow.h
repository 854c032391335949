/* SPDX-License-Identifier: MIT
 * What follows when published records change: digest, positions, index go into the same batch.
 */
#pragma once

#include "cache/map.h"
#include "vault/join/records.h"

struct follow {
	/* published: as before the changes. What fails: nothing is changed. It may read the map, no more. */
	err_t (*fn)(void *ctx, const struct view *published, const struct records *changes, struct batch *b);
	void *ctx;
	/* Of what is shown by a delivery: after fn, once; everybody is stopped still. NULL: nothing is waited for. */
	void (*end)(void *ctx, bool applied);
	/* Of what is shown by a delivery: before fn, beside everybody: what can be made ahead, in stops of its own
	 * (map_stopped), and what it fails with the delivery does. fn goes on with it. NULL: nothing is. */
	err_t (*prepare)(void *ctx, const struct view *published, const struct records *changes);
};
/* follow_changes: into `b`: the changes of published records, and what follows. NULL: nothing does. */
MUST_CHECK err_t follow_changes(const struct follow *f, const struct view *published, const struct records *changes,
                                struct batch *b);
void follow_end(const struct follow *f, bool applied);
