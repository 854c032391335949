/* SPDX-License-Identifier: MIT
 * Fetching all of a tree that is not on this device.
 */
#pragma once

#include "fs/core/config.h"

/* fs_fetch_tree: fetches what is missing at and under `ino`. `more` is told what has arrived, and ends it by false
 * (ECANCELED). ENOSPC when the disk does not take it; EAGAIN when it keeps going again; EIO: damaged or missing on the
 * store; ENOTCONN: the store is not reachable. */
int fs_fetch_tree(struct fs *fs, uint64_t ino, bool (*more)(void *ctx, uint64_t bytes), void *ctx);
