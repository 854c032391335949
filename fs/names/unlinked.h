/* SPDX-License-Identifier: MIT
 * What loses a name. Who loses the last one while the kernel or a handle still uses it stays on this device
 * (core/nameless.h) until the last user goes, or till the next fs_open.
 *
 *     leaving_begin(&l, t, ino, now);     // before vault/act is asked: writes of its file are flushed
 *     names_unlink(..., leaving_times(&l) ...);
 *     leaving_end(&l, t);
 */
#pragma once

#include "fs/core/inode_rec.h"
#include "fs/core/say.h"
#include "vault/join/xattr_map.h"

struct leaving {
	bool begun, last; /* last: it has no other name */
	struct buf raw;
	struct inode in; /* with the change time of the operation */
	struct xattr_list xattrs;
	struct said_attrs times;
};
/* leaving_begin: what the number shows, or a failure of its flush. leaving_end: of what was not begun: nothing. */
int leaving_begin(struct leaving *l, struct change *t, uint64_t ino, struct timestamp now);
int leaving_end(struct leaving *l, struct change *t);
void leaving_free(struct leaving *l);
/* leaving_times: the change time, for vault/act; of what goes altogether nothing. staying_times: the same of what
 * keeps a name. */
const struct act_attrs *leaving_times(const struct leaving *l);
const struct act_attrs *staying_times(const struct leaving *l);

/* unlinked_keep: others removed it; the records show it still: what whoever uses it here goes on with, into the batch
 * by which it goes: all that is not damaged. unlinked_elsewhere: once that is applied. Under the namespace lock's write
 * side. */
MUST_CHECK err_t unlinked_keep(struct fs *fs, uint64_t ino, struct batch *b);
void unlinked_elsewhere(struct fs *fs, uint64_t ino);

/* unlinked_forget: before a close: what was made and is gone in this changeset is not published, contents and all; for
 * work_on_close. ctx: the fs. */
MUST_CHECK err_t unlinked_forget(void *ctx);

/* unlinked_reap: removes what is kept of the inode, if nobody uses it; no lock held. unlinked_reap_all: at fs_open,
 * when nobody can use any. */
void unlinked_reap(struct fs *fs, uint64_t ino);
int unlinked_reap_all(struct fs *fs);
