/* SPDX-License-Identifier: MIT
 * Keeping trees on this device. A pin is a mark on one inode (core/pin_mark.h); what lies under a pinned directory is
 * pinned with it, also what comes there later. Eviction leaves pinned blocks alone, and the pin fetcher fetches those
 * that are missing: after a mount, when a pin is set, and when something comes under one.
 */
#pragma once

#include "fs/core/config.h"

/* fs_pin: marks; durable on return. fs_unpin: takes the marks at and under `ino` away; EBUSY when a directory above
 * holds it. EINVAL: neither a directory nor a regular file. */
int fs_pin(struct fs *fs, uint64_t ino);
int fs_unpin(struct fs *fs, uint64_t ino);
