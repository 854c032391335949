/* SPDX-License-Identifier: MIT
 * Durability on demand.
 */
#pragma once

#include "fs/core/config.h"

/* fs_fsync: durable on this device: everything, not only this file. An error when that failed, or while this inode's
 * bytes cannot be flushed. fs_sync: the same, and an error while any file's cannot. */
int fs_fsync(struct fs *fs, uint64_t ino);
int fs_sync(struct fs *fs);
