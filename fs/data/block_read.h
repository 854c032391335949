/* SPDX-License-Identifier: MIT
 * Reading blocks that are on this device: only the chunks asked for.
 */
#pragma once

#include "fs/core/config.h"

/* block_read: `len` bytes at `off` of a block that is on this device. ERR_NOTFOUND: it is not. Any thread, no lock
 * needed. */
err_t block_read(struct fs *fs, const uint8_t key[32], struct id id, uint32_t off, uint32_t len, void *out);
/* block_is_here: it is on this device. */
bool block_is_here(struct fs *fs, struct id id);
