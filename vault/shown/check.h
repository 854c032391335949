/* SPDX-License-Identifier: MIT
 * Whether the local records of the shown tree are those that follow from the shared ones: these are derived once more,
 * from scratch, which takes memory for the whole tree.
 */
#pragma once

#include "crypto/namehash.h"
#include "vault/join/view.h"

enum shown_found {
	SHOWN_FINE,
	SHOWN_LACKS, /* the first one that differs is not there */
	SHOWN_MORE,  /* nothing is derived under its key */
	SHOWN_OTHER, /* its value is another */
};
struct shown_checked {
	enum shown_found found;
	struct buf key;         /* of the first difference; the caller's to free */
	size_t records, wanted; /* that are there; that should be */
};
void shown_checked_free(struct shown_checked *c);
/* shown_check: fails as what reads the views and derives the tree. */
MUST_CHECK err_t shown_check(const struct view *shared, const struct view *local, const struct namehash *hash,
                             struct shown_checked *ret);
