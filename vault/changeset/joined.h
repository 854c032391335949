/* SPDX-License-Identifier: MIT
 * Published records joined with what sets say: as one view. With the open and the closed set that is what is shown
 * here; with the closed one alone it is what the open one is said of.
 *
 * Sets are read first, in the order that they are given in (open, then closed), and what is published last. Publishing
 * moves records of one inode from the closed set to the published ones at once, whole: so whoever misses them in the
 * set finds them published, and who sees both joins twice, which is joining once. Nothing else may change while one
 * answer is made: the open set and others' commits change under the caller's lock (the namespace).
 *
 * Where versions of a file stand follows from all of them (fold.h), so INODE, SIBLING and VERSION of an inode of which
 * a set says something are worked out together (joined_file.h), and nothing is moved meanwhile (said_stay): a version
 * that goes from one published record to another between two reads would be missed.
 */
#pragma once

#include "vault/changeset/joined_file.h"

struct recent;
struct joined {
	struct view published;
	struct said *said[2];      /* NULL: none */
	struct view view;          /* joined_view.h */
	struct joined_files *kept; /* what was worked out already: joined_once.h; NULL: nothing is kept */
	struct recent *recent;     /* of what is shown: recent.h; NULL: nothing is kept; `view` does not look there */
};
/* All fail as the views below, and with ERR_LIMIT: a joined record is over the limit. */
/* joined_may: false: no set says anything of the inode of `key`, or under `key`. */
bool joined_may(const struct joined *j, struct span key);
/* joined_get: ERR_NOTFOUND. `out` is replaced. */
MUST_CHECK err_t joined_get(const struct joined *j, struct span key, struct buf *out);
/* joined_of: adds all records that begin with `prefix`, which has an inode, or is a whole key. `out` is the caller's to
 * free, also on failure. */
MUST_CHECK err_t joined_of(const struct joined *j, struct span prefix, struct records *out);
