/* SPDX-License-Identifier: MIT
 * Which entries an operation has to look at besides its own, in the order in which the tree shows them: directories
 * from the root down, by name; in one, those with their recorded name, then those that lost it, then siblings. The
 * order decides which gets which stamp, so it must not hang on how the tree is kept.
 */
#pragma once

#include "vault/act/act.h"

struct walk { /* entries found; they belong to the tree */
	const struct tree_entry **v;
	size_t n, cap;
};
void walk_free(struct walk *w);
/* walk_leaning: the first entry of a directory that has to be written down before what is shown as `name` goes: that
 * itself, if it is shown otherwise than recorded or stands for others, or what would be shown otherwise without it.
 * NULL: none. */
MUST_CHECK err_t walk_leaning(struct act *a, const struct tree_entry *e, const struct tree_entry **ret);
/* walk_shows: the entries that show links or versions of the file, and those behind which a link of it is hidden. */
MUST_CHECK err_t walk_shows(struct act *a, uint64_t ino, struct walk *ret);
/* walk_namesakes: files, no siblings, that a record gives this name in this directory. */
MUST_CHECK err_t walk_namesakes(struct act *a, uint64_t dir, struct span recorded, struct walk *ret);
