/* SPDX-License-Identifier: MIT
 * What is damaged of the open changeset is left out, so that the rest of the vault opens. Before changeset_open, which
 * fails with ERR_DAMAGED otherwise.
 *
 *   INODE to XATTR    all goes that the open set says of the inode: so it is as it is published, or not there if it is
 *                     new. A part of it could be half of a move, and take away what is published.
 *   PLACE             goes alone: it is history
 *   CONTENT, EXTENTS  stay, and changeset_open takes them: the file fails where they are read, and the set is not
 * closed while they are there, since a commit carries all of it. They go once no inode in the set names the content,
 * itself or through another: when that is made otherwise, or removed. any other         is not mended: segments and
 * members
 *
 * Nor is the closed set: its commit may be on the store, and whoever has that would have something else. What goes,
 * goes in one batch, with the record that says that what follows from shared records is made (STATE_SHOWN).
 */
#pragma once

#include "cache/map.h"

#define STATE_SHOWN "shown" /* in MAP_STATE: version(u8) of the local records of what is shown (vault/work/index.h) */

struct mended { /* inodes: of which what the open set said went; or which fail */
	uint64_t *ino;
	size_t n, cap;
};
void mended_free(struct mended *m);
/* changeset_mend: `ret` is empty before; the caller's to free, also on failure. ERR_DAMAGED: it cannot be mended, and
 * nothing changed. */
MUST_CHECK err_t changeset_mend(struct map *map, struct mended *ret);
/* changeset_mend_contents: of the open set, whose kind that is: what is damaged and named by nothing goes. `ret`
 * likewise: inodes that name what is damaged. ERR_LIMIT: so much is damaged that it is not asked. */
MUST_CHECK err_t changeset_mend_contents(struct map *map, uint8_t kind, struct mended *ret);
