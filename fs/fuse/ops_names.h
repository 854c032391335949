/* SPDX-License-Identifier: MIT
 * Requests on names.
 */
#pragma once

#include "fs/fuse/ops.h"

/* ops_names: fills in its part of the table. */
void ops_names(struct fuse_lowlevel_ops *ops);
/* entry_of: how an inode is told to the kernel. */
struct fuse_entry_param entry_of(const struct stat *st, double attr_timeout);
