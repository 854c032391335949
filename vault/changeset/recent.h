/* SPDX-License-Identifier: MIT
 * INODE of a few inodes as it is shown, over operations and questions. Making it of what is published and what the sets
 * say costs more than most that is done with it, and the directory that one works in is asked for each time.
 *
 * In it is what was read through a recent_view, and what operations that were applied made of INODE. It is right as
 * long as nothing else changes what is shown. So it is emptied (recent_drop)
 *   - when another's commit is applied, or was to be (deliver.c),
 *   - when the sets are turned over, though that changes nothing that is shown, and at the opening (changeset_turn),
 *   - when another stream goes on with what is open (become.c).
 * Publishing and turning back change nothing that is shown, and an operation that is not applied has changed nothing.
 * It is in memory alone: after a crash nothing is in it.
 *
 * Threads: whoever reads what is shown (changeset.h), several at once; recent_changed and recent_drop while nobody
 * does.
 */
#pragma once

#include "vault/join/records.h"

#include <pthread.h>

struct recent {
	pthread_mutex_t lock;
	struct records inodes; /* lock; none is gone */
	size_t next;           /* lock; of which one the place is taken when there is no other */
};
void recent_begin(struct recent *r);
void recent_end(struct recent *r);
void recent_drop(struct recent *r);
/* recent_changed: an operation was applied, and this is what became of the records that are shown. */
void recent_changed(struct recent *r, const struct records *changes);

/* What is below, but what is in it is not asked for. */
struct recent_view {
	struct recent *recent; /* NULL: nothing is kept */
	const struct view *below;
	struct view view;
};
/* recent_view_begin: `v` stays where it is while it is read; below: of what is shown. */
void recent_view_begin(struct recent_view *v, struct recent *r, const struct view *below);
