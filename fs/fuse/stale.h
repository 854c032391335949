/* SPDX-License-Identifier: MIT
 * Attributes that the kernel must not keep, or not any longer.
 */
#pragma once

#include "fs/fuse/ops.h"

/* stale_timeout: how long the kernel may keep these attributes, which it asked for. */
double stale_timeout(fuse_req_t req, const struct stat *st);
/* stale_changed: by an operation that changed attributes, and after which the kernel takes no older ones. */
void stale_changed(fuse_req_t req, uint64_t ino);
/* stale_attr: by one after which the kernel would take older ones; before the answer, to who has the inode in use.
 * stale_entry: the same for what has that name now, if anything. */
void stale_attr(fuse_req_t req, uint64_t ino);
void stale_entry(fuse_req_t req, uint64_t parent, const char *name);
