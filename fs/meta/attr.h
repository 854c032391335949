/* SPDX-License-Identifier: MIT
 * Attributes of inodes. Who may is the kernel's business (default_permissions); what follows from it is ours.
 */
#pragma once

#include "fs/core/config.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

int fs_getattr(struct fs *fs, uint64_t ino, struct stat *st);
#define FS_SET_MODE 1
#define FS_SET_UID 2
#define FS_SET_GID 4
#define FS_SET_SIZE 8
#define FS_SET_ATIME 16
#define FS_SET_MTIME 32
#define FS_SET_ATIME_NOW 64
#define FS_SET_MTIME_NOW 128
#define FS_SET_CTIME 256
#define FS_KILL_SUID 512 /* clear set-id bits as write and truncate by others do */
int fs_setattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, const struct stat *want, unsigned set,
               struct stat *st);
/* fs_statfs: space is what the local disk can still take, since everything written is held here until it is uploaded;
 * the store's own limit shows when it says that it is full. */
int fs_statfs(struct fs *fs, struct statvfs *out);
