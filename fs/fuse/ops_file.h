/* SPDX-License-Identifier: MIT
 * Requests on open files, other than read and write.
 */
#pragma once

struct fuse_lowlevel_ops;
/* ops_file: fills in its part of the table. */
void ops_file(struct fuse_lowlevel_ops *ops);
