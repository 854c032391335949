/* SPDX-License-Identifier: MIT
 * From memory to the records: one atomic batch with blocks, extents and the inode.
 */
#pragma once

#include "fs/core/file.h"

/* file_flush: takes its own locks. ENONRESIDENT: it waits for blocks of the store, and the bytes are kept; the caller
 * asks for them (data/compact_fetch.h). */
int file_flush(struct file *f);
/* file_flush_locked: under the namespace lock's write side. Applies a batch of its own, before anything of `f` is
 * changed by the caller's set: so that bytes cannot be lost when the caller's set fails. */
int file_flush_locked(struct file *f);
/* file_flush_times_locked: likewise, times and set-id bits alone, which need no blocks: from then on they are the
 * record's, until the next write. Its size stays with the contents. */
int file_flush_times_locked(struct file *f);
