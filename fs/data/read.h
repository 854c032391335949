/* SPDX-License-Identifier: MIT
 * Reading.
 */
#pragma once

#include "fs/core/config.h"

struct fs_file;
int reads_open(struct fs *fs);
/* reads_close: fs_reads_stop first. */
void reads_close(struct fs *fs);
/* reads_count: how many are under way. */
unsigned reads_count(struct fs *fs);

/* fs_read: `done` gets the bytes once: at once when everything is local, later from another thread when blocks are
 * non-resident. Returns a ticket for fs_read_cancel (interrupt), 0 when done was already called. */
typedef void (*fs_read_done)(void *ctx, int err, const void *p, size_t n);
uint64_t fs_read(struct fs *fs, struct fs_file *f, uint64_t off, size_t len, fs_read_done done, void *ctx);
void fs_read_cancel(struct fs *fs, uint64_t ticket); /* done gets EINTR if it had not been called */
/* fs_reads_stop: every read that waits is answered with EIO, and none is running any more: no `done` comes later. Once
 * nobody starts new ones. */
void fs_reads_stop(struct fs *fs);
