/* SPDX-License-Identifier: MIT
 * Damage that reads and operations met: said in the log once, and remembered for status.
 */
#pragma once

#include "fs/core/config.h"

int damage_open(struct fs *fs);
void damage_close(struct fs *fs);
/* damage_block: a block of the file, for fs_damaged and the log; no lock held. `object`: name of the remote object, or
 * "" for what is damaged on this device. Known damage is not logged again. */
void damage_block(struct fs *fs, uint64_t ino, const char *object, struct id block);
/* damage_block_over: that block was read whole: the store has it again. Others of the file are found by the next read.
 */
void damage_block_over(struct fs *fs, struct id block);
/* damage_check: the same for a record of this device, when `e` is ERR_DAMAGED; the namespace lock is held. `name`: of
 * an entry in `ino`, or NULL. Gives `e` back. */
err_t damage_check(struct fs *fs, err_t e, uint64_t ino, const char *name, const char *what);

/* fs_damaged: what recent reads found damaged and what no later one found whole: path and object (empty: damaged on
 * this device only); newest first; for status. What was removed since is left out. */
struct fs_damage {
	char path[512];
	char object[40];
	int64_t when; /* wall seconds */
};
#define FS_DAMAGE_MAX 32 /* so many are remembered */
size_t fs_damaged(struct fs *fs, struct fs_damage *list, size_t max);
