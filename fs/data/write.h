/* SPDX-License-Identifier: MIT
 * Writing.
 */
#pragma once

#include "fs/core/config.h"

/* fs_write: EAGAIN: the memtables are full, or hold what leaves no room until it is on the disk; try again from
 * fs_on_room (the session parks the request). It waits for non-resident blocks when too much of the file waits for
 * them; EIO when they do not come, and at once with FS_WRITE_NOWAIT: then nothing was taken. */
#define FS_WRITE_KILL_SUID 1
#define FS_WRITE_NOWAIT 2
struct fs_file;
#define WRITE_RANGES_FULL 2048u /* of one file, whose writers wait then: it waits for non-resident blocks */
int fs_write(struct fs *fs, struct fs_file *f, uint64_t off, const void *p, size_t n, unsigned how);
