/* SPDX-License-Identifier: MIT
 * Folding: many small pieces of one block of a file become one block, so that appends in small steps and scattered
 * writes do not leave thousands of tiny blocks. Contents and content version stay the same.
 */
#pragma once

#include "fs/core/file.h"
#include "fs/data/extents.h"

#define FOLD_PIECES 16u /* more than these in one block of the file are folded */
/* fold_block: if it is worth it: runs of neighbouring pieces whose bytes are on this device become one block each.
 * Under the namespace lock's write side and the file's lock; ranges of f's pending list count as here. Last in a set:
 * what it makes cannot be folded or replaced in the same set. */
MUST_CHECK err_t fold_block(struct file *f, struct windows *w, uint64_t block);
/* fold_full: the windows that f's pending ranges do not fit in are folded as far as possible, the gaps between pieces
 * too (zeros), in a set of its own, same locks. What it lacks is on the store only: fs/cold.h. */
MUST_CHECK err_t fold_full(struct file *f);
/* fold_windows: the windows that f's pending ranges are in, ascending; free(*ret). With the file's lock. */
struct fold_window {
	uint32_t no;
	uint32_t ranges; /* of the pending list */
};
MUST_CHECK err_t fold_windows(const struct file *f, struct fold_window **ret, size_t *ret_n);
/* fold_fits: the window's ranges find room beside `pieces`, whatever they split. */
bool fold_fits(const struct fold_window *w, size_t pieces);
