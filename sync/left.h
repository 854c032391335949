/* SPDX-License-Identifier: MIT
 * How many files are not on the store, for a person: sync/saved.h says whether, and how many bytes.
 *
 * Files are inodes that are no directories, of which the open set, the closed set, or a commit in the queue says
 * something: written, made, moved, removed, or with other attributes. Each counts once.
 */
#pragma once

#include "sync/core/config.h"

#include <stdbool.h>

#define LEFT_MOST 20000 /* so many inodes are looked at: some tenths of a second */

struct left {
	uint64_t files;
	bool more; /* than these */
};
/* sync_left: from the map alone, opening what is queued. Any thread, as long as what is attached stays; changes
 * meanwhile may count or not. What cannot be read is not counted, and `more` is set. */
void sync_left(struct sync *s, struct left *ret);
