/* SPDX-License-Identifier: MIT
 * Fetching what compaction lacks. A full extent group whose blocks are on the store only can be compacted
 * (data/compact.h) once these are here. It is the one case in which a flush needs the store.
 */
#pragma once

#include "fs/core/config.h"
#include "util/clock.h"

struct file;
#define COMPACT_FETCH_WAIT (60 * NS_PER_S) /* for whoever syncs or writes */

int compact_fetch_open(struct fs *fs);
void compact_fetch_close(struct fs *fs);
/* compact_fetch_stop: true: whoever waits is answered, and nobody waits from now on. */
void compact_fetch_stop(struct fs *fs, bool stop);
/* compact_fetch_flush: file_flush; when it waits for blocks of the store these are asked for, and waited for `wait` ns
 * at most. ENONRESIDENT: none came for a while, the time is over, fetching was stopped, there is no store, or as many
 * wait already as may. No lock held. */
int compact_fetch_flush(struct file *f, int64_t wait);
/* compact_fetch_resting: its blocks were asked for, and it is not time to ask again. */
bool compact_fetch_resting(struct file *f);
/* fs_leave: the mount is being cut off: whoever waits for non-resident blocks gets EIO. */
void fs_leave(struct fs *fs);
