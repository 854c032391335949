/* SPDX-License-Identifier: MIT
 * Requests on names.
 */
#pragma once

#include "fs/fuse/ops.h"

/* ops_names: fills in its part of the table. */
void ops_names(struct fuse_lowlevel_ops *ops);
struct fuse_entry_param entry_of(const struct stat *st);
