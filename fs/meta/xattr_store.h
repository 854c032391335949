/* SPDX-License-Identifier: MIT
 * Where extended attributes are kept: shared (xattr_shown.h); those of inodes without a name in records of this device,
 * one for each name hash (names whose hashes tie share one, in name order). Under the namespace lock.
 */
#pragma once

#include "fs/core/change.h"
#include "vault/join/xattr_map.h"

/* xattr_get: a value, as transaction `t` (or NULL) will leave it; ENODATA. */
int xattr_get(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct buf *out);
/* xattr_set: EEXIST, ENODATA by XATTR_CREATE, XATTR_REPLACE; ENOSPC when too many names share its hash. */
int xattr_set(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct span value, int flags);
/* xattr_clear: ENODATA. */
int xattr_clear(struct fs *fs, struct change *t, uint64_t ino, const char *name);
/* xattr_keep: the inode lost its last name: what it had stays with it on this device. */
void xattr_keep(struct change *t, uint64_t ino, const struct xattr_list *all);
/* xattr_each: calls for each name. What `fn` answers but for 0 ends it, and is the answer. */
int xattr_each(struct fs *fs, uint64_t ino, int (*fn)(void *ctx, struct span name), void *ctx);
