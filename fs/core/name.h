/* SPDX-License-Identifier: MIT
 * Names of directory entries and xattrs.
 */
#pragma once

#include "fs/core/config.h"

/* name_check: EINVAL, ENAMETOOLONG or 0; "." and ".." are EINVAL. */
int name_check(const char *name);
/* name_check_new: the same for a name to be made: "." and ".." are EEXIST. */
int name_check_new(const char *name);
/* name_hash: the keyed hash that records of the name are found by. */
int name_hash(struct fs *fs, const char *name, uint64_t *ret);
