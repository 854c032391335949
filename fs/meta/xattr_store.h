/* SPDX-License-Identifier: MIT
 * Records of extended attributes: one for each name hash (names whose hashes tie share one, in name order). Under the
 * namespace lock.
 */
#pragma once

#include "fs/core/change.h"

/* xattr_get: a value, as transaction `t` (or NULL) will leave it; ENODATA. */
int xattr_get(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct buf *out);
/* xattr_set: EEXIST, ENODATA by XATTR_CREATE, XATTR_REPLACE; ENOSPC when too many names share its hash. */
int xattr_set(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct span value, int flags);
/* xattr_clear: ENODATA. */
int xattr_clear(struct fs *fs, struct change *t, uint64_t ino, const char *name);
