/* SPDX-License-Identifier: MIT
 * Damage that reads and operations met: said in the log once, and remembered for status.
 */
#pragma once

#include "fs/core/config.h"

int damage_open(struct fs *fs);
void damage_close(struct fs *fs);
/* damage_note: for fs_damaged and the log; no lock held. `object`: name of the remote object, or "" for what is damaged
 * on this device; `what`: which part of the file. Known damage is not logged again. */
void damage_note(struct fs *fs, uint64_t ino, const char *object, const char *what);
/* damage_check: the same for a record of this device, when `e` is ERR_DAMAGED; the namespace lock is held. `name`: of
 * an entry in `ino`, or NULL. Gives `e` back. */
err_t damage_check(struct fs *fs, err_t e, uint64_t ino, const char *name, const char *what);

/* fs_damaged: what recent reads found damaged: path and object (empty: damaged on this device only); newest first; for
 * status. */
struct fs_damage {
	char path[512];
	char object[40];
	int64_t when; /* wall seconds */
};
size_t fs_damaged(struct fs *fs, struct fs_damage *list, size_t max);
