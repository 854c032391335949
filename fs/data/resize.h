/* SPDX-License-Identifier: MIT
 * An inode's contents made shorter or longer, or with a hole. Under the namespace lock's write side.
 */
#pragma once

#include "fs/core/inode.h"
#include "fs/core/inode_rec.h"

/* contents_resize: `in` has `size` bytes from now on; `inl`: room for what is inline. contents_punch: zeros from `off`
 * for `len` bytes; its size stays. ERR_LIMIT: a group is full. */
MUST_CHECK err_t contents_resize(struct change *t, struct inode *in, uint64_t size, uint8_t inl[FILE_INLINE_MAX]);
MUST_CHECK err_t contents_punch(struct change *t, struct inode *in, uint64_t off, uint64_t len,
                                uint8_t inl[FILE_INLINE_MAX]);
