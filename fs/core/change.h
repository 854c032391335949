/* SPDX-License-Identifier: MIT
 * One operation on records: changes that are applied whole, or not at all.
 */
#pragma once

#include "fs/core/config.h"

struct change {
	struct fs *fs;
	struct txn *txn;
};
/* change_begin: takes the namespace lock's write side and starts a change; NULL: out of memory, the lock is held. */
struct change *change_begin(struct fs *fs);
/* change_begin_removal: for what gives space back, and so may take of the reserve (cache/README.md, "Space"). */
struct change *change_begin_removal(struct fs *fs);
/* change_end: applies the change when `err` is 0, frees it, unlocks and wakes the sync engine; the operation's errno.
 */
int change_end(struct fs *fs, struct change *c, int err);
/* change_published: a shared record changed: wakes the sync engine. No lock held. */
void change_published(struct fs *fs);

/* The same where the write side is held already. change_new: NULL: out of memory. change_use: what it is for
 * (cache/batch.h), until it is applied. change_freep: what was not applied is forgotten; NULL is fine. */
struct change *change_new(struct fs *fs);
void change_use(struct change *c, enum map_use use);
MUST_CHECK err_t change_apply(struct change *c);
void change_freep(struct change **c);
