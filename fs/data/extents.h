/* SPDX-License-Identifier: MIT
 * The extents records of one content id inside one transaction: read on first use, changed in memory, put back at the
 * end. Used under the namespace lock's write side.
 */
#pragma once

#include "fs/data/extent_list.h"
#include "vault/txn/txn.h"

#define WINDOW_CAP (2 * PIECES_MAX) /* while being changed; PIECES_MAX when stored */

struct window {
	uint32_t no;
	bool changed;
	size_t n;
	struct piece list[WINDOW_CAP];
};
struct windows {
	struct txn *t;
	uint8_t content[ID_LEN];
	struct window **v; /* by number */
	size_t n, cap;
};
/* windows_get: the window, empty when it has no record. */
MUST_CHECK err_t windows_get(struct windows *w, uint32_t no, struct window **ret);
/* windows_insert: ERR_LIMIT when the window is full. windows_cut: from `off` for `len` bytes, over existing windows. */
MUST_CHECK err_t windows_insert(struct windows *w, const struct piece *p);
MUST_CHECK err_t windows_cut(struct windows *w, struct map *m, uint64_t off, uint64_t len);
/* windows_store: ERR_LIMIT when one has more than PIECES_MAX pieces: then nothing is put. */
MUST_CHECK err_t windows_store(struct windows *w);
void windows_free(struct windows *w);
/* windows_list: numbers of the records from `first` to `last`, at most `max` of them (the first ones), out of the map.
 */
MUST_CHECK err_t windows_list(struct map *m, const uint8_t content[ID_LEN], uint32_t first, uint32_t last, size_t max,
                              uint32_t **ret, size_t *ret_n);
/* windows_uses: some piece of the windows loaded is of this block. */
bool windows_uses(const struct windows *w, uint64_t off, const uint8_t id[ID_LEN]);
