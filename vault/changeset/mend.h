/* SPDX-License-Identifier: MIT
 * What is damaged of the open changeset is left out, so that the rest of the vault opens. Before changeset_open, which
 * fails with ERR_DAMAGED otherwise.
 *
 *   INODE to XATTR    all goes that the open set says of the inode: so it is as it is published, or not there if it is
 *                     new. A part of it could be half of a move, and take away what is published.
 *   PLACE             goes alone: it is history
 *   CONTENT, EXTENTS  stay, and changeset_open takes them: the file fails where they are read, and nothing is published
 *                     while they are there, since a commit carries the whole set. They go if nothing in the set names
 *                     the content any more.
 *   any other         is not mended: segments and members
 *
 * Nor is the closed set: its commit may be on the store, and whoever has that would have something else. What goes,
 * goes in one batch, with the record that says that what follows from shared records is made (STATE_SHOWN).
 */
#pragma once

#include "cache/map.h"

#define STATE_SHOWN "shown" /* in MAP_STATE: version(u8) of the local records of what is shown (vault/work/index.h) */

struct mended { /* inodes of which what the open set said went */
	uint64_t *ino;
	size_t n, cap;
};
void mended_free(struct mended *m);
/* changeset_mend: `ret` is empty before; the caller's to free, also on failure. ERR_DAMAGED: it cannot be mended, and
 * nothing changed. */
MUST_CHECK err_t changeset_mend(struct map *map, struct mended *ret);
