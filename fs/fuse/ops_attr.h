/* SPDX-License-Identifier: MIT
 * Requests on attributes and xattrs, and statfs.
 */
#pragma once

struct fuse_lowlevel_ops;
/* ops_attr: fills in its part of the table. */
void ops_attr(struct fuse_lowlevel_ops *ops);
