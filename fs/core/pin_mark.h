/* SPDX-License-Identifier: MIT
 * Pins as records say them: a pin is a mark on one inode (REC_PIN), and what lies under a pinned directory is pinned
 * with it. Setting and taking away: residency/pin.h.
 */
#pragma once

#include "fs/core/config.h"

enum fs_pin_state { FS_UNPINNED, FS_PINNED, FS_PINNED_ABOVE /* by a directory it lies in */ };

/* fs_pin_state: of an inode. No lock held. */
int fs_pin_state(struct fs *fs, uint64_t ino, enum fs_pin_state *ret);
/* pin_has: the inode itself has a pin. pin_above: a directory over it has one, by any of its names; no
 * lock held. */
bool pin_has(struct fs *fs, uint64_t ino);
int pin_above(struct fs *fs, uint64_t ino, bool *ret);
/* pin_list: the inodes that have a pin, 8 bytes each, in host order. */
err_t pin_list(struct fs *fs, struct buf *out);
/* pin_wake_under: after a name or shared blocks came to `ino`: the pin fetcher looks, if that is pinned. No lock held.
 */
void pin_wake_under(struct fs *fs, uint64_t ino);
