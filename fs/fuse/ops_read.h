/* SPDX-License-Identifier: MIT
 * Reads.
 */
#pragma once

struct fuse_lowlevel_ops;
/* ops_read: fills in its part of the table. */
void ops_read(struct fuse_lowlevel_ops *ops);
