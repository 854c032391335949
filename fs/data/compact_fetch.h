/* SPDX-License-Identifier: MIT
 * Full windows of extents whose pieces are on the store only: they can be folded (fs/fold.h) once their blocks are
 * here. It is the one case in which a flush needs the store; file_flush says EFBIG meanwhile, and keeps the bytes.
 */
#pragma once

#include "fs/data/contents.h"
#include "util/clock.h"

/* cold_ask: asks for the blocks that the last flush lacked, in every window, and does not wait; at once the first time,
 * then every 5 s at last. No lock held. cold_resting: they were asked for, and it is not time to ask again. */
bool cold_resting(struct file *f);
void cold_ask(struct file *f);
/* cold_flush: file_flush that waits for those blocks. EFBIG: none came for a while, `wait` ns passed, fetching was
 * stopped, there is no store, or others wait already (fs/cold.c). No lock held. */
#define COLD_WAIT (60 * NS_PER_S) /* for whoever syncs or writes */
int cold_flush(struct file *f, int64_t wait);
