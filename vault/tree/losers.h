/* SPDX-License-Identifier: MIT
 * What is in a directory and has no name that a record says: it gets conflict names, in the order in which it comes.
 */
#pragma once

#include "vault/tree/parts.h"

struct losers {
	struct tree_entry **v;
	size_t n, cap;
};
MUST_CHECK err_t losers_add(struct losers *l, struct tree_entry *e);
/* losers_add_siblings: those beside the file that `e` shows, if it is shown first there. They are made behind the last
 * entry. */
MUST_CHECK err_t losers_add_siblings(struct losers *l, struct tree *t, const struct tree_entry *e);
/* losers_name: gives each a name that none of entries[first..] has: first counters, smallest first. */
MUST_CHECK err_t losers_name(struct losers *l, struct tree *t, size_t first);
