/* SPDX-License-Identifier: MIT
 * One operation on records: changes that are applied whole, or not at all: an operation of vault/work
 * and what only this device keeps.
 */
#pragma once

#include "fs/core/uses.h"
#include "vault/join/records.h"
#include "vault/work/operate.h"

struct made_again {
	uint64_t ino;    /* 0: nothing */
	uint64_t before; /* what it was made again as before, which has a reference for it; 0: nothing */
	bool created;    /* by this change, at `at`; the kernel has a reference for it */
	bool applied;
	struct spot at;
};
struct change {
	struct fs *fs;
	struct work_op op; /* once it is begun */
	bool begun;
	enum map_use use;
	struct act_handle *handle; /* contents are written through it; NULL: in place of what is shown */
	struct made_again again;   /* what it makes of what others removed, or writes to that */
	struct records local;      /* records that are put, or gone, on this device alone */
	struct uses uses;          /* of blocks */
	struct buf acl;            /* of the inode that it changes, when that gets one */
	err_t failed;              /* the first failure: nothing is applied */
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
/* change_fail: it is not going to be applied: `e`. */
void change_fail(struct change *c, err_t e);

/* change_act: what vault/act works with; begins the operation of vault/work. There is one at a time: files
 * are flushed, each in a change of its own, before that. change_batch: for what is in other tables than records. */
MUST_CHECK err_t change_act(struct change *c, struct act **ret);
MUST_CHECK err_t change_batch(struct change *c, struct batch **ret);
/* change_local: a record of this device as `c` will leave it; NULL: as it is. ERR_NOTFOUND. */
MUST_CHECK err_t change_local(struct fs *fs, const struct change *c, struct span key, struct buf *out);
void change_local_put(struct change *c, struct span key, struct span value);
void change_local_del(struct change *c, struct span key);
/* change_local_into: these into a batch of others, instead of applying the change. */
MUST_CHECK err_t change_local_into(const struct change *c, struct batch *b);
