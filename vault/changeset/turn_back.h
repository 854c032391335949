/* SPDX-License-Identifier: MIT
 * A closed set that would not fit in one commit: what is too much goes back into the open set, and so into a later
 * commit. Its stamps keep the dot of the commit that it does not come with: that one comes before, and the later one
 * stands on it. What is shown stays the same, also between the parts that it is done in, and after a crash anywhere.
 */
#pragma once

#include "vault/changeset/changeset.h"

#define TURN_BACK_PART ((size_t)256 << 10)

struct turn_back {
	struct said_size most;  /* keys and bytes that stay closed, */
	uint64_t content_bytes; /* but contents alone that have no more than that stay, if they are the only ones */
};
/* changeset_turn_back_all: nothing is closed any more. changeset_turn_back: first inodes go, the greatest numbers
 * first: mostly what was made last, and what is in it. Then contents, each whole, as a commit must have them. A part
 * stops everybody by the map's freeze hook. Not under what the hook takes. *ret_any: something went back. ERR_NOMEM;
 * what joins and the map fail with: some parts have gone back. */
MUST_CHECK err_t changeset_turn_back(struct changeset *c, const struct turn_back *t, bool *ret_any);
MUST_CHECK err_t changeset_turn_back_all(struct changeset *c);
