/* SPDX-License-Identifier: MIT */
#pragma once

#include "fs/core/config.h"

struct fs_file;
/* fs_lseek: SEEK_DATA and SEEK_HOLE. */
int fs_lseek(struct fs *fs, struct fs_file *f, off_t off, int whence, off_t *ret);
