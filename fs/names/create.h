/* SPDX-License-Identifier: MIT
 * Making files and directories. `st` comes with a lookup reference that fs_forget returns.
 */
#pragma once

#include "fs/core/config.h"

#include <sys/stat.h>

struct fs_file;
struct fs_new { /* what is to be made */
	uint64_t dir;
	const char *name;
	mode_t mode;
	dev_t rdev; /* of a device */
};
int fs_mknod(struct fs *fs, const struct fs_caller *who, const struct fs_new *what, struct stat *st);
int fs_mkdir(struct fs *fs, const struct fs_caller *who, uint64_t dir, const char *name, mode_t mode, struct stat *st);
int fs_symlink(struct fs *fs, const struct fs_caller *who, const char *target, uint64_t dir, const char *name,
               struct stat *st);
int fs_create(struct fs *fs, const struct fs_caller *who, const struct fs_new *what, int flags, struct stat *st,
              struct fs_file **ret);
