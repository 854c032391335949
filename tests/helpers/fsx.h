/* SPDX-License-Identifier: MIT
 * Ways to read and write one range of an open file, for fsx: plain calls, aio and io_uring by their system calls.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IO_PARTS 8 /* requests under way at once */

struct io_part {
	void *p;
	size_t len;
	off_t off;
	ssize_t got; /* bytes, or minus errno */
};
struct io; /* one queue; NULL: plain calls */
/* io_open: kind is "aio" or "uring"; NULL: this kernel has it not. */
struct io *io_open(const char *kind);
void io_close(struct io *io);
/* io_run: all parts at once; returns when each has its `got`. False: the queue itself failed. */
bool io_run(struct io *io, int fd, bool write, struct io_part *parts, unsigned n);
