/* SPDX-License-Identifier: MIT
 * Fetching what is pinned: for the one who pins and waits, and from a thread that keeps pinned trees whole: after a
 * mount, and when fs->pins_wake is asked: something came from another device, a name or shared blocks came under a pin,
 * a pin was set, eviction may have dropped something pinned. What cannot be had now is tried again, ever more rarely.
 */
#pragma once

#include "fs/core/config.h"

int pin_fetcher_open(struct fs *fs);
void pin_fetcher_close(struct fs *fs);
/* fs_bring: fetches what is missing at and under `ino`. `more` is told what has arrived, and ends it by false
 * (ECANCELED). ENOSPC when the disk does not take it; EAGAIN when it keeps going again; EIO: damaged or missing on the
 * store; ENOTCONN: the store is not reachable. */
int fs_bring(struct fs *fs, uint64_t ino, bool (*more)(void *ctx, uint64_t bytes), void *ctx);
/* fs_pins_stop: walks and fetching end, now and from now on. */
void fs_pins_stop(struct fs *fs);
