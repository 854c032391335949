/* SPDX-License-Identifier: MIT */
#pragma once

#include "fs/core/config.h"

struct fs_at {
	struct fs_file *file;
	uint64_t off;
};
/* fs_copy_range: shares blocks. EXDEV: only a plain copy can do it; EAGAIN: as fs_write. */
int fs_copy_range(struct fs *fs, struct fs_at in, struct fs_at out, size_t len, size_t *ret);
