/* SPDX-License-Identifier: MIT
 * What of a tree is on this device, and keeping trees here. A pin is a mark on one inode; what lies under a pinned
 * directory is pinned with it, also what comes there later. Eviction leaves pinned blocks alone, and the keeper fetches
 * those that are missing: after a mount, when a pin is set, and when something comes under one.
 */
#pragma once

#include "fs/fs.h"

struct fs_space { /* a file with several names counts at each */
	uint64_t files, dirs;
	uint64_t bytes;  /* of contents in records; holes are none */
	uint64_t cached; /* of these, on this device; cached + remote = bytes */
	uint64_t remote; /* on the store only */
	uint64_t dirty;  /* on no store yet: what of cached is queued, and what is in memory (in none of the others) */
	uint64_t pinned; /* kept on this device */
};
enum fs_pin_state { FS_UNPINNED, FS_PINNED, FS_PINNED_ABOVE /* by a directory it lies in */ };

/* fs_space: of everything at and under `ino`. ECANCELED after fs_pins_stop. No lock held. */
int fs_space(struct fs *fs, uint64_t ino, struct fs_space *ret);
int fs_pin_state(struct fs *fs, uint64_t ino, enum fs_pin_state *ret);
/* fs_pin: marks; durable on return. fs_unpin: takes the marks at and under `ino` away; EBUSY when a directory above
 * holds it. EINVAL: neither a directory nor a regular file. */
int fs_pin(struct fs *fs, uint64_t ino);
int fs_unpin(struct fs *fs, uint64_t ino);
/* fs_bring: fetches what is missing at and under `ino`. `more` is told what has arrived, and ends it by false
 * (ECANCELED). ENOSPC when the disk does not take it; EAGAIN when it keeps going again; EIO: damaged or missing on the
 * store; ENOTCONN: the store is not reachable. */
int fs_bring(struct fs *fs, uint64_t ino, bool (*more)(void *ctx, uint64_t bytes), void *ctx);
/* fs_pins_stop: walks and fetching end, now and from now on. */
void fs_pins_stop(struct fs *fs);

#define STATE_XATTR "user.cloudseal.state"
