/* SPDX-License-Identifier: MIT
 * The extents of one content id inside one change: read on first use, changed in memory, put back at the end.
 * The content is the changeset's own. Used under the namespace lock's write side.
 */
#pragma once

#include "fs/data/extent_list.h"
#include "fs/data/extent_source.h"

#define EXTENT_GROUP_CAP (2 * EXTENTS_MAX) /* while being changed; EXTENTS_MAX when stored */

struct extent_group {
	uint32_t no;
	bool changed;
	size_t n;
	struct extent list[EXTENT_GROUP_CAP];
};
struct extents {
	struct extent_source from;
	struct extent_group **v; /* by number */
	size_t n, cap;
};
/* extents_begin: nothing is read yet. extents_free: what is not stored is forgotten. */
struct extents extents_begin(struct change *t, struct id content);
void extents_free(struct extents *x);
/* extents_group: the group, empty when it has no record. */
MUST_CHECK err_t extents_group(struct extents *x, uint32_t no, struct extent_group **ret);
/* extents_insert: ERR_LIMIT when the group is full. extents_cut: from `off` for `len` bytes, over existing groups. */
MUST_CHECK err_t extents_insert(struct extents *x, const struct extent *p);
MUST_CHECK err_t extents_cut(struct extents *x, uint64_t off, uint64_t len);
/* extents_store: ERR_LIMIT when one has more than EXTENTS_MAX extents: then nothing is put. */
MUST_CHECK err_t extents_store(struct extents *x);
/* extents_use: some extent of the groups loaded is of this block. */
bool extents_use(const struct extents *x, uint64_t off, struct id id);
