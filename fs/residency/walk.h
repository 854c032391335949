/* SPDX-License-Identifier: MIT
 * Going through a tree, a few records at a time: holds no lock and no state of the base between two records.
 */
#pragma once

#include "fs/core/inode.h"

struct walk_at {
	const struct inode *in;
	uint64_t recorded; /* by which number its records go (work_recorded) */
	bool has_pin;      /* itself */
	bool pinned;       /* it or a directory between it and the walk's root has a pin */
};
/* tree_walk: fn for `ino` and everything under it, directories before what they hold; no lock held during fn. What
 * goes while it is looked at is left out. Stops with the first errno of fn, ECANCELED once walks are to stop
 * (fs_pins_stop). */
int tree_walk(struct fs *fs, uint64_t ino, int (*fn)(void *ctx, const struct walk_at *at), void *ctx);
/* extents_walk: fn for every extent of a regular file's contents that is in the records; no lock held during fn. */
int extents_walk(struct fs *fs, const struct inode *in, int (*fn)(void *ctx, const struct extent *p), void *ctx);
