/* SPDX-License-Identifier: MIT
 * What of a tree is on this device.
 */
#pragma once

#include "fs/core/config.h"

struct fs_space { /* a file with several names counts at each */
	uint64_t files, dirs;
	uint64_t bytes;  /* of contents in records; holes are none */
	uint64_t cached; /* of these, on this device; cached + remote = bytes */
	uint64_t remote; /* on the store only */
	uint64_t dirty;  /* on no store yet: what of cached is queued, and what is in memory (in none of the others) */
	uint64_t pinned; /* kept on this device */
};
/* fs_space: of everything at and under `ino`. ECANCELED after fs_pins_stop. No lock held. */
int fs_space(struct fs *fs, uint64_t ino, struct fs_space *ret);

#define STATE_XATTR "user.cloudseal.state"
/* space_state_text: the value of STATE_XATTR; ENODATA for what is neither file nor directory. No lock held. */
int space_state_text(struct fs *fs, uint64_t ino, struct buf *out);
