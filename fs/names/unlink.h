/* SPDX-License-Identifier: MIT
 * Removing names.
 */
#pragma once

#include "fs/core/change.h"

int fs_unlink(struct fs *fs, uint64_t dir, const char *name);
int fs_rmdir(struct fs *fs, uint64_t dir, const char *name);
/* name_gone: in transaction `t` the inode loses one of its names: ctime, and an orphan when it was the last. */
int name_gone(struct fs *fs, struct change *t, uint64_t ino, struct timestamp now);
