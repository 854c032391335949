/* SPDX-License-Identifier: MIT
 * Contents in the open changeset (vault/changeset/README.md). A content is *own* while it is in the open set: nobody
 * else reads through it, so it is changed in place; any other gets a child. Under the namespace lock's write side.
 */
#pragma once

#include "fs/core/file.h"
#include "vault/windows/chain.h"

/* content_own: of a content that is there. content_ours: the contents of `in` are own and nobody else's: of what has no
 * name the version that was removed keeps them, or shows them under another number. */
MUST_CHECK err_t content_own(struct change *t, struct id content, bool *ret);
MUST_CHECK err_t content_ours(struct change *t, const struct inode *in, bool *ret);
/* content_store: the inode of a file, with other contents maybe: inode_store, through what the file is held by. */
void content_store(struct file *f, struct change *t, const struct inode *before, const struct inode *after);
/* content_alone: it has no name any more, and no record says anything of it: nothing else has its contents. */
void content_alone(struct change *t, const struct inode *in);
/* content_new: a content of this device: of no parent, or a child. */
MUST_CHECK err_t content_new(struct change *t, const struct content_rec *of, struct id *ret);
/* content_shorten: an own one: nothing at `size` and beyond. */
MUST_CHECK err_t content_shorten(struct change *t, struct id content, uint64_t size);
/* content_extend: an own one that inherits all up to `end` from the parent of `of`, and has nothing of its own behind
 * that: inherits as much as `of` says. *ret: it was so. */
MUST_CHECK err_t content_extend(struct change *t, struct id content, const struct content_rec *of, uint64_t end,
                                bool *ret);
/* content_window: an own one reads these extents in a group. */
MUST_CHECK err_t content_window(struct change *t, const struct chain *c, uint32_t no, const struct extent *list,
                                size_t n);
/* content_block: a block that was sealed, into the change. Takes `sealed` over. */
MUST_CHECK err_t content_block(struct change *t, struct id id, const struct pending_block *p, struct buf *sealed);
/* content_release: `in` has other contents from now on: what was ours of them goes, now or, if it is much, in the
 * background. content_gone: of what has no name (core/nameless.h): it has no user any more. */
MUST_CHECK err_t content_release(struct change *t, const struct inode *in);
/* content_forget: the same before a close: all of it now, or the rest would be published. */
MUST_CHECK err_t content_forget(struct change *t, const struct inode *in);
MUST_CHECK err_t content_gone(struct change *t, const struct inode *in);
/* content_drop: at most `max` windows of an own content, and itself after the last; *more: there are others. */
MUST_CHECK err_t content_drop(struct change *t, struct id content, size_t max, bool *more);
