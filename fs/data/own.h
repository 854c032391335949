/* SPDX-License-Identifier: MIT
 * Contents of an inode that an operation may change. Under the namespace lock's write side.
 */
#pragma once

#include "fs/core/inode.h"

/* own_make: in->content is an own one from now on, of whatever form the contents were, and reads the same up to `upto`,
 * beyond that zeros; size, times and all else are the caller's. What was own of them before and is not needed is
 * released. ERR_*: nothing of `in` changed. */
MUST_CHECK err_t own_make(struct change *t, struct inode *in, uint64_t upto);
