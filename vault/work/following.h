/* SPDX-License-Identifier: MIT
 * The local records of what is shown (index.h) follow a delivery's changes of published records: by *parts*, some
 * inodes each, so that everybody is stopped for one of them at a time.
 *
 *   made      the changes of local records are there that follow from those of the part, over what was published and
 *             the parts before it; and what was read for that (watch.h)
 *   touched   an operation changed since what was read: the part is made again, and so is what read what that changes,
 *             or failed: until then records may contradict each other
 *
 *     new ---- make, in stops ----> made ---- settle, in the last stop ----> as if all was made in that
 *
 * Nothing but operations changes meanwhile what parts read: publishing, closing and delivering is the same thread's.
 */
#pragma once

#include "crypto/namehash.h"
#include "vault/changeset/changeset.h"
#include "vault/shown/context.h"
#include "vault/work/watch.h"

struct following;
struct shown_index;
struct following_config {
	struct changeset *changeset;
	struct shown_index *index; /* stays */
	const struct namehash *hash;
	const struct view *published; /* as before */
	const struct records *changes;
	struct u64s *gone; /* struct shown_change */
	unsigned part;     /* inodes in one */
};
/* following_new: beside everybody: what `c` points to stays. ERR_NOMEM. */
MUST_CHECK err_t following_new(const struct following_config *c, struct following **ret);
void following_freep(struct following **f);
size_t following_parts(const struct following *f);
/* The others while everybody is stopped. following_make: the next part. ERR_NOTFOUND: all are made. ERR_NOMEM. */
MUST_CHECK err_t following_make(struct following *f);
/* following_settle: all are made, as things are now. touched: what operations changed since the first was; what is made
 * again is added to it. Fails as update_shown. */
MUST_CHECK err_t following_settle(struct following *f, struct records *touched);
/* following_local: what becomes of local records, of the parts that are made. */
const struct records *following_local(const struct following *f);

/* What was shown and what will be, by the parts that are made. Files of which a set says something are worked out once:
 * within one stop, since operations change them. */
struct following_states {
	struct joined joined[2];
	struct joined_files files[2];
	struct watching watching[4];
	struct view view[4], map, done, local;
	struct context was, is;
};
/* following_states: read as long as it stays where it is, and `f` as it is, and nobody operates, until
 * following_states_end, which does no harm to zeros; watch: what is read is noted there, if it is not NULL. */
void following_states_end(struct following_states *s);
void following_states(const struct following *f, struct watch *watch, struct following_states *ret);
