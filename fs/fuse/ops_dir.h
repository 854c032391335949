/* SPDX-License-Identifier: MIT
 * Requests on open directories.
 */
#pragma once

struct fuse_lowlevel_ops;
/* ops_dir: fills in its part of the table. */
void ops_dir(struct fuse_lowlevel_ops *ops);
