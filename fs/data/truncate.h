/* SPDX-License-Identifier: MIT
 * Changes of a file's size and extents. Under the namespace lock's write side; each flushes first, then adds to tree
 * set `t`, which the caller applies; size, mtime and ctime are theirs.
 */
#pragma once

#include "fs/core/file.h"
#include "fs/core/change.h"

int file_truncate(struct file *f, struct change *t, uint64_t size);
int file_punch(struct file *f, struct change *t, uint64_t off, uint64_t len);
