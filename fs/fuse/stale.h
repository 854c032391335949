/* SPDX-License-Identifier: MIT
 * Attributes that the kernel must not keep.
 */
#pragma once

#include "fs/fuse/ops.h"

/* stale_timeout: how long the kernel may keep these attributes, which it asked for. */
double stale_timeout(const struct stat *st);
/* stale_attr: by an operation that changed attributes of an inode whose user waits for its answer; before the answer.
 */
void stale_attr(struct session *s, uint64_t ino);
/* stale_entry: the same for what has that name now, if anything. */
void stale_entry(struct session *s, uint64_t parent, const char *name);
