/* SPDX-License-Identifier: MIT
 * Opening and closing.
 */
#pragma once

#include "fs/core/config.h"

struct fs_file;
/* fs_file_open: O_TRUNC is done here. */
int fs_file_open(struct fs *fs, uint64_t ino, int flags, struct fs_file **ret);
void fs_file_close(struct fs *fs, struct fs_file *f);
/* fs_ino_of: inode number of an open file. */
uint64_t fs_ino_of(const struct fs_file *f);
