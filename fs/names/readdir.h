/* SPDX-License-Identifier: MIT */
#pragma once

#include "fs/core/config.h"

#include <sys/stat.h>

/* fs_readdir: entries after `cookie` (0: start) in stable order; fn returns false when full (that entry is given
 * again). "." and ".." included. `st` has at least st_ino and the type; all of it (and a lookup reference) when plus
 * and the kernel does not know the inode yet: st_nlink is not 0 then. */
typedef bool (*fs_dir_fn)(void *ctx, const char *name, const struct stat *st, uint64_t next_cookie);
int fs_readdir(struct fs *fs, uint64_t dir, uint64_t cookie, bool plus, fs_dir_fn fn, void *ctx);
