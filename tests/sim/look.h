/* SPDX-License-Identifier: MIT
 * What a device shows: its tree, the contents of its files. On a fiber of the device: reading may wait for the store.
 */
#pragma once

#include "tests/sim/device.h"

#define LOOK_PATH 480
#define LOOK_ENTRIES 160
#define LOOK_DEPTH 16
#define LOOK_HASH 24

struct look_entry {
	char path[LOOK_PATH];
	uint64_t dir, ino; /* dir: where the name is */
	mode_t type;       /* S_IFMT */
};
struct look {
	struct look_entry list[LOOK_ENTRIES];
	unsigned n;
	int err; /* of a directory that cannot be listed; 0: none */
};
/* look_walk: every name at most LOOK_DEPTH deep, each directory in the order of names, list[0] is the root ("" its
 * path). */
void look_walk(struct fs *fs, struct look *ret);
/* look_now: the same, of a device, which keeps it as long as nothing is written in its map; to be read until the next
 * look_now, or its closing. */
const struct look *look_now(struct device *d);
const struct look_entry *look_find(const struct look *l, const char *path);
/* look_name: the last part of a path. */
const char *look_name(const char *path);
/* look_contents: a word for the contents of a regular file or symlink: equal contents, equal words: size and the begin
 * of their SHA-256. "!EIO" and the like: they cannot be read. "": it is neither. */
void look_contents(struct fs *fs, uint64_t ino, char ret[LOOK_HASH]);
