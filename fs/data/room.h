/* SPDX-License-Identifier: MIT
 * Back-pressure: who was refused by fs_write for want of room hears when there is some.
 */
#pragma once

#include "fs/core/config.h"

int room_open(struct fs *fs);
void room_close(struct fs *fs);
/* fs_on_room: `fn` is called, with no lock held, when the memtables have drained; NULL: none, and none is running any
 * more. */
void fs_on_room(struct fs *fs, void (*fn)(void *ctx), void *ctx);
