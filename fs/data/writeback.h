/* SPDX-License-Identifier: MIT
 * Flushing many files.
 */
#pragma once

#include "fs/core/config.h"

/* writeback_older: every file that is changed since `before` (mono) or longer, each in a batch of its own. `wait`: for
 * how long to wait for non-resident blocks in all (ns). writeback_all: all, without waiting. No lock held. */
void writeback_older(struct fs *fs, int64_t before, int64_t wait);
void writeback_all(struct fs *fs);
/* writeback_freeze: under the namespace lock's write side: flushes every changed file. */
void writeback_freeze(struct fs *fs);
/* fs_flush_fetching: before fs_close, while blocks can still be fetched: what waits for blocks of the store to be
 * flushed, for so long at most. What is left then fs_close reports. */
void fs_flush_fetching(struct fs *fs, unsigned seconds);
