/* SPDX-License-Identifier: MIT
 * Extended attributes, as the kernel asks for them. Names under user.cloudseal. are computed.
 */
#pragma once

#include "fs/core/config.h"

int fs_getxattr(struct fs *fs, uint64_t ino, const char *name, struct buf *out);
int fs_setxattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, const char *name, struct span value,
                int flags);
int fs_listxattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, struct buf *out);
int fs_removexattr(struct fs *fs, uint64_t ino, const char *name);
