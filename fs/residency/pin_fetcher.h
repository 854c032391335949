/* SPDX-License-Identifier: MIT
 * The thread that keeps pinned trees on this device: it fetches what is missing after a mount, and when fs->pins_wake
 * is asked: something came from another device, a name or shared blocks came under a pin, a pin was set, eviction may
 * have dropped something pinned. What cannot be had now is tried again, ever more rarely.
 */
#pragma once

#include "fs/core/config.h"

int pin_fetcher_open(struct fs *fs);
void pin_fetcher_close(struct fs *fs);
/* fs_pins_stop: walks and fetching end, now and from now on. */
void fs_pins_stop(struct fs *fs);
