/* SPDX-License-Identifier: MIT
 * Damage that reads and operations met: said in the log once, and remembered for status.
 */
#pragma once

#include "fs/core/config.h"

int damage_open(struct fs *fs);
void damage_close(struct fs *fs);
struct damage_place {
	uint64_t ino, at; /* where in the file */
};
/* damage_block: a block of the file, for fs_damaged and the log; no lock held. `object`: name of the remote object, or
 * "" for what is damaged on this device. Known damage is not logged again. */
void damage_block(struct fs *fs, const struct damage_place *place, const char *object, struct id block);
/* damage_block_over: that block was read whole: the store has it again. Others of the file are found by the next read.
 */
void damage_block_over(struct fs *fs, struct id block);
/* damage_check: the same for a record of this device, when `e` is ERR_DAMAGED; the namespace lock is held. `name`: of
 * an entry in `ino`, or NULL. Gives `e` back. */
err_t damage_check(struct fs *fs, err_t e, uint64_t ino, const char *name, const char *what);

#define FS_DAMAGE_MAX 32 /* so many are remembered */
struct fs_damage {       /* for status (data/damaged.h) */
	char path[512];
	char object[40];
	int64_t when; /* wall seconds */
};
struct damage_met {
	struct fs_damage shown;
	uint64_t ino, at; /* a part of the file from there on has */
	struct id block;  /* that one; zero: something else is damaged */
};
/* damage_copy: what is remembered, the newest last; how many. damage_forget: one of it. */
size_t damage_copy(struct fs *fs, struct damage_met ret[FS_DAMAGE_MAX]);
void damage_forget(struct fs *fs, const struct damage_met *m);
