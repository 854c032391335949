/* SPDX-License-Identifier: MIT
 * Folding: many small pieces of one block of a file become one block, so that appends in small steps and scattered
 * writes do not leave thousands of tiny blocks. Contents and content version stay the same.
 */
#pragma once

#include "fs/contents.h"
#include "fs/windows.h"

#define FOLD_PIECES 16u /* more than these in one block of the file are folded */
/* fold_block: if it is worth it: runs of neighbouring pieces whose bytes are on this device become one block each.
 * Under the tree lock's write side and the file's lock; ranges of f's pending list count as here. Last in a set: what
 * it makes cannot be folded or replaced in the same set. */
MUST_CHECK err_t fold_block(struct file *f, struct windows *w, uint64_t block);
/* fold_full: the windows that f's pending ranges do not fit in are folded as far as possible, in a set of its own, same
 * locks. fold_fetch: gets what fold_full lacked from the store; no lock held. */
MUST_CHECK err_t fold_full(struct file *f);
void fold_fetch(struct file *f);
