/* SPDX-License-Identifier: MIT
 * Brings the local records of the shown tree up to date with shared records that changed.
 *
 * It costs what changed: the inodes whose records did and what is bound to them, the buckets of their names, the
 * directories above that are shown only for what is in them. More is looked at when a directory is moved (the way up),
 * when members of a union change (the directories in them), and, with a cycle in the places or a void move, when any
 * directory comes, goes or moves: then every directory.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/join/records.h"
#include "vault/shown/context.h"

struct shown_change {
	const struct view *before; /* shared records as they were */
	const struct view *after;  /* as they are */
	const struct view *local;  /* the local records that belong to those before */
	const struct namehash *hash;
	const struct u64s *inos;  /* of which INODE, LINK, SIBLING or VERSION records changed: ascending, each once */
	const struct u64s *fresh; /* of these, those of which nothing was there before; some may be left out */
	/* changed: under which keys of the views something changed, and perhaps others (where they begin is enough, at
	 * least a kind and a number); NULL: not known. drawn: the fresh ones are
	 * numbers that were drawn here: nobody else says anything of these files. Both save looking. */
	const struct records *changed[2]; /* in one of these; the second may be NULL */
	bool drawn;
	struct u64s *gone; /* what is shown nowhere any more is added, and perhaps what never was; NULL: nobody asks */
};
/* update_shown: what becomes of the local records, in `ret`, which is empty. ERR_DAMAGED: a record is none; ERR_NOMEM;
 * what the views say. */
MUST_CHECK err_t update_shown(const struct shown_change *change, struct records *ret);
