/* SPDX-License-Identifier: MIT
 * The frame of one operation on records.
 */
#pragma once

#include "fs/core/config.h"

/* change_begin: takes the namespace lock's write side and starts a set; NULL: out of memory, the lock is held. */
struct txn *change_begin(struct fs *fs);
/* change_begin_removal: for what gives space back, and so may take of the reserve (cache/README.md, "Space"). */
struct txn *change_begin_removal(struct fs *fs);
/* change_end: applies the set when `err` is 0, frees it, unlocks and wakes the sync engine; the operation's errno. */
int change_end(struct fs *fs, struct txn *t, int err);
/* change_published: a shared record changed: wakes the sync engine. No lock held. */
void change_published(struct fs *fs);
