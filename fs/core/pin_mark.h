/* SPDX-License-Identifier: MIT
 * Pins as records say them: a pin is a mark on one inode (REC_PIN, by the number of its records), and what lies under a
 * pinned directory is pinned with it. Setting and taking away: residency/pin.h.
 */
#pragma once

#include "fs/core/config.h"

enum fs_pin_state { FS_UNPINNED, FS_PINNED, FS_PINNED_ABOVE /* by a directory it lies in */ };

/* fs_pin_state: of an inode. No lock held. */
int fs_pin_state(struct fs *fs, uint64_t ino, enum fs_pin_state *ret);
/* pin_marks: adds the numbers, 8 bytes each in host order, under which marks of it are kept: that of its records, which
 * stays while a stand-in is shown (vault/tree/stand_in.h); of directories that are united those of all. pin_has: one of
 * them has a mark; dir: it may be a directory. Under the namespace lock, either side. */
err_t pin_marks(struct fs *fs, uint64_t ino, struct buf *out);
bool pin_has(struct fs *fs, uint64_t ino, bool dir);
/* pin_above: a directory over it has one, by any of its names; no lock held. */
int pin_above(struct fs *fs, uint64_t ino, bool *ret);
/* pin_list: the numbers that have a mark, 8 bytes each, in host order; of one that is parted also that which shows it
 * now: who has it open goes on in the one, and the name is the other. No lock held. */
err_t pin_list(struct fs *fs, struct buf *out);
/* pin_wake_under: after a name or shared blocks came to `ino`: the pin fetcher looks, if that is pinned. No lock held.
 */
void pin_wake_under(struct fs *fs, uint64_t ino);
