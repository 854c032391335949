/* SPDX-License-Identifier: MIT
 * From an inode to a path.
 */
#pragma once

#include "fs/core/config.h"

#define TREE_DEPTH_MAX 4096 /* of a directory; over it only a damaged map can be */

/* path_of: "/a/b" before what `path` holds, nothing for the root; ENOENT for orphans. The namespace lock is held. */
int path_of(struct fs *fs, uint64_t ino, struct buf *path);
/* fs_path_of: a path of the inode inside the vault ("/a/b", "/"), for messages; ENOENT for orphans. No lock held. */
int fs_path_of(struct fs *fs, uint64_t ino, struct buf *out);
