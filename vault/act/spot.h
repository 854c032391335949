/* SPDX-License-Identifier: MIT
 * Places: what is shown at one, which directory a record names, and where a link counts.
 */
#pragma once

#include "vault/act/act.h"

struct name spot_name(struct span s); /* of at most NAME_BYTES */
static inline struct span spot_span(const struct name *n)
{
	return SPAN(n->b, n->len);
}

/* spot_find: what is shown there; *ret is NULL if nothing is. ERR_NOTFOUND: the directory is not shown. */
MUST_CHECK err_t spot_find(struct act *a, const struct spot *at, const struct tree_entry **ret);
/* spot_may_hold: can something be put into the directory? Not if only a derived lost+found is shown there. */
MUST_CHECK err_t spot_may_hold(struct act *a, uint64_t dir, enum refusal *ret);
/* spot_real: the member of a united directory that a record names: `now`, which it names already (0: none yet), if that
 * is one of them; else the first. */
MUST_CHECK err_t spot_real(struct act *a, uint64_t dir, uint64_t now, uint64_t *ret);
/* spot_counts: where the link counts, as a record: without half. */
MUST_CHECK err_t spot_counts(struct act *a, uint64_t ino, uint64_t lid, struct where *ret);
/* spot_put: where a link is shown, written down: not a move that anybody meant. */
MUST_CHECK err_t spot_put(struct act *a, uint64_t ino, uint64_t lid, uint64_t dir, struct span shown);
/* spot_members: the members of the directory, INO_LOST among them, which has no record; of what is none, itself; of
 * NULL the root. */
MUST_CHECK err_t spot_members(struct act *a, const struct tree_entry *e, struct tree_inos *ret);
/* spot_dir_members: the same of a directory by any of them. */
MUST_CHECK err_t spot_dir_members(struct act *a, uint64_t dir, struct tree_inos *ret);
