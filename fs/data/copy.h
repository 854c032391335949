/* SPDX-License-Identifier: MIT */
#pragma once

#include "fs/core/config.h"

struct fs_file;
/* fs_copy_range: shares blocks. EXDEV: only a plain copy can do it; EAGAIN: as fs_write. */
int fs_copy_range(struct fs *fs, struct fs_file *in, uint64_t off_in, struct fs_file *out, uint64_t off_out, size_t len,
                  size_t *ret);
