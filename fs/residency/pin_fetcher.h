/* SPDX-License-Identifier: MIT
 * Inside of pins: the keeper's life, and what evict.c and xattr.c need of pins. For fs/ only.
 */
#pragma once

#include "fs/core/data.h"

struct pins;
int pins_open(struct fs *fs);
void pins_close(struct fs *fs);
/* pins_stop_flag: true once walks are to end. */
const _Atomic bool *pins_stop_flag(const struct fs *fs);
/* pins_nudge: the keeper looks soon: something came from another device, a pin was set, eviction may have dropped
 * something pinned. Cheap, any lock held. */
void pins_nudge(struct fs *fs);
/* pins_nudge_under: the same after a name or shared blocks came to `ino`, if that is pinned. No lock held. */
void pins_nudge_under(struct fs *fs, uint64_t ino);
/* pins_state_text: the value of STATE_XATTR; ENODATA for what is neither file nor directory. No lock held. */
int pins_state_text(struct fs *fs, uint64_t ino, struct buf *out);
/* pins_list: the inodes that have a pin, 8 bytes each, in host order. */
err_t pins_list(struct fs *fs, struct buf *out);
/* evict_pins_changed: the set of pinned blocks is to be made anew (fs/evict_pinned.c). */
void evict_pins_changed(struct fs *fs);
