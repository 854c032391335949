/* SPDX-License-Identifier: MIT
 * Reading blocks that are on this device: only the chunks asked for.
 */
#pragma once

#include "fs/core/config.h"

/* block_read: `len` bytes at `off` of a block that is on this device. ERR_NOTFOUND: it is not. Any thread, no lock
 * needed. */
MUST_CHECK err_t block_read(struct fs *fs, const uint8_t key[32], struct id id, uint32_t off, uint32_t len, void *out);
/* block_is_here: it is on this device. */
bool block_is_here(struct fs *fs, struct id id);
/* block_read_open: a part of the sealed bytes of a block, in memory. ERR_INVAL: it is not in it; ERR_DAMAGED. */
struct block_part {
	uint32_t off, len;
	void *out;
};
MUST_CHECK err_t block_read_open(struct fs *fs, const uint8_t key[32], uint32_t epoch, struct span sealed,
                                 const struct block_part *p);
/* block_segment: where it is on the store. ERR_NOTFOUND: in no segment. */
MUST_CHECK err_t block_segment(struct fs *fs, struct id id, struct id *ret);
