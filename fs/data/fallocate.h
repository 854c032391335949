/* SPDX-License-Identifier: MIT */
#pragma once

#include "fs/core/config.h"

struct fs_file;
/* fs_fallocate: sets nothing aside: it tells whether what the file lacks of the range would find room now, grows the
 * file, punches and zeroes. */
int fs_fallocate(struct fs *fs, struct fs_file *f, int mode, uint64_t off, uint64_t len);
