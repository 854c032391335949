/* SPDX-License-Identifier: MIT
 * Removing names.
 */
#pragma once

#include "fs/core/config.h"

int fs_unlink(struct fs *fs, uint64_t dir, const char *name);
int fs_rmdir(struct fs *fs, uint64_t dir, const char *name);
