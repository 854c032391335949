/* SPDX-License-Identifier: MIT
 * What a mount of format 2 works with: the shared records of one map, the open changeset over them, operations on the
 * shown tree, numbers, and the index of what is shown. Operations: operate.h; what is shown: ask.h.
 *
 * Threads: operations are made under the write side of one lock of the caller's (the namespace), which the map's freeze
 * hook takes; whoever asks holds either side of it, or is stopped with everybody else.
 */
#pragma once

#include "crypto/namehash.h"
#include "vault/changeset/changeset.h"
#include "vault/changeset/close.h"
#include "vault/changeset/follow.h"
#include "vault/changeset/mend.h"
#include "vault/shown/check.h"
#include "vault/tree/build.h"
#include "vault/work/changes.h"

struct work;
struct work_config {
	struct map *map;
	uint64_t stream;                  /* of this device; not 0 */
	const struct namehash *hash;      /* of names */
	const struct tree_naming *naming; /* NULL: a device is called by the number of its stream */
	unsigned part; /* inodes of a delivery that are made in one stop (ahead.h); 0: as many as are good */
};
/* work_open: all of `c` stays until work_freep. Fails as changeset_open. */
MUST_CHECK err_t work_open(const struct work_config *c, struct work **ret);
void work_freep(struct work **w);

/* work_mended: of which inodes what was not published had to be left out at the opening, since it is damaged. */
const struct mended *work_mended(const struct work *w);
/* work_failing: which inodes name contents that were found damaged then, and not published yet. */
const struct mended *work_failing(const struct work *w);
/* work_changeset: the engine closes, publishes and delivers with it. */
struct changeset *work_changeset(struct work *w);
/* work_operating: an operation is begun and not ended. */
bool work_operating(const struct work *w);
/* work_view: what is shown, as records; within an operation with what that said. */
const struct view *work_view(const struct work *w);
/* work_follow: for changeset_deliver: what is shown follows. Publishing changes nothing that is shown. */
const struct follow *work_follow(struct work *w);
/* work_check: are the local records of what is shown those that follow from the shared ones (vault/shown/check.h)?
 * Costs time and memory for all of the tree; nobody may change anything meanwhile. */
MUST_CHECK err_t work_check(struct work *w, struct shown_checked *ret);
/* work_on_changes: who is told of what is shown otherwise by a delivery, while everybody is stopped. NULL: nobody.
 * Under the caller's lock, write side. */
void work_on_changes(struct work *w, const struct work_told *told);
/* work_closing: for changeset_close: what was made and is gone again is not published (work_forget). */
const struct closing *work_closing(struct work *w);
/* work_on_close: who does that, as an operation of its own, since contents go as well. NULL: nobody but work itself,
 * which leaves them. Under the caller's lock, write side. */
struct work_forgetter {
	err_t (*fn)(void *ctx);
	void *ctx;
};
void work_on_close(struct work *w, const struct work_forgetter *f);
