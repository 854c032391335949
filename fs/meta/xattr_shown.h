/* SPDX-License-Identifier: MIT
 * Extended attributes of what a number shows: those of its file, or of the file that a sibling stands
 * beside. Under the namespace lock. ENOENT: nothing is shown under the number.
 */
#pragma once

#include "fs/core/change.h"
#include "vault/join/xattr_map.h"

/* xattr_shown_all: those that are there. The caller frees. */
int xattr_shown_all(struct fs *fs, uint64_t ino, struct xattr_list *ret);
/* xattr_shown_get: ENODATA. */
int xattr_shown_get(struct fs *fs, uint64_t ino, const char *name, struct buf *out);
/* xattr_shown_set: value without bytes at NULL: the attribute goes. Whether it was there is the caller's. */
int xattr_shown_set(struct change *t, uint64_t ino, const char *name, const struct span *value);
