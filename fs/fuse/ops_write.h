/* SPDX-License-Identifier: MIT
 * Writes and copy_file_range.
 */
#pragma once

struct session;
struct fuse_lowlevel_ops;
/* ops_write: fills in its part of the table. */
void ops_write(struct fuse_lowlevel_ops *ops);
/* writer_open: the thread that tries parked writes again. */
int writer_open(struct session *s);
void writer_close(struct session *s);
/* writer_leave: the kernel is cut off: what is parked is tried once more and then ends, so that no thread of the loop
 * waits any longer. */
void writer_leave(struct session *s);
/* writer_parked: what waits for it. */
struct session_parked;
void writer_parked(struct session *s, struct session_parked *ret);
