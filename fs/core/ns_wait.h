/* SPDX-License-Identifier: MIT
 * The namespace lock when somebody has it: waiting for it, and how long that took. For core/fs_state.h alone.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct fs;
struct ns_waits { /* since opening */
	_Atomic uint64_t n;
	_Atomic int64_t longest; /* ns */
};
/* ns_wait_read: takes the read side, which somebody has in the way. */
void ns_wait_read(struct fs *fs);
/* ns_wait_write: takes the write side. */
void ns_wait_write(struct fs *fs);
