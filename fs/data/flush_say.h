/* SPDX-License-Identifier: MIT
 * Of which form a file is once it is flushed: nothing; inline; one block, if all its bytes are at hand and
 * they are at most twice what is written now; else a content, which then has what is written.
 */
#pragma once

#include "fs/core/file.h"
#include "fs/core/inode_rec.h"

/* flush_say: into the change: blocks, extents and the inode, with the pending ranges before `end` (NULL: all).
 * f->now is told of it when the change is applied: flush_said. ERR_LIMIT: a group is full. */
struct flushed {
	enum contents form;
	uint64_t ino; /* whose record has it */
	struct id birth;
	uint64_t size;
	struct id content, block;
	struct stamp written;
	uint8_t inl[FILE_INLINE_MAX]; /* of an inline one */
};
MUST_CHECK err_t flush_say(struct file *f, struct change *t, const struct pending *end, struct flushed *ret);
void flush_said(struct file *f, const struct flushed *d);
