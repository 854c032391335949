/* SPDX-License-Identifier: MIT
 * How much of a file is not a hole, for st_blocks. Counted for files where it matters only, and over a bounded number
 * of groups: a larger file's rest is taken to be like what was counted.
 */
#pragma once

#include "fs/core/inode.h"

/* usage_of: bytes of a regular file that are not holes; about. Under the namespace lock. */
uint64_t usage_of(struct fs *fs, const struct inode *in);
/* usage_in: of a range of it. */
uint64_t usage_in(struct fs *fs, const struct inode *in, uint64_t off, uint64_t len);
/* usage_buffered: bytes written that are in no group yet: must not look like a hole. Under the namespace lock. */
uint64_t usage_buffered(struct fs *fs, uint64_t ino);
