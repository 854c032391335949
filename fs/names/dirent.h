/* SPDX-License-Identifier: MIT
 * A directory's entries in the map. Entries whose names hash alike share one record, in name order.
 */
#pragma once

#include "fs/core/change.h"

/* dirent_find: the entry, as transaction `t` (or NULL) will leave it; ENOENT. ret->name is not set. */
int dirent_find(struct fs *fs, struct change *t, uint64_t dir, const char *name, struct dirent_rec *ret);
/* dirent_set: makes or replaces the entry; ENOSPC when too many names share its hash. dirent_clear: removes it. */
int dirent_set(struct fs *fs, struct change *t, uint64_t dir, const char *name, uint64_t ino, mode_t type);
int dirent_clear(struct fs *fs, struct change *t, uint64_t dir, const char *name);
