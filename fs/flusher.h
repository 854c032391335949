/* SPDX-License-Identifier: MIT
 * The flusher thread: flushes what is older than a second, works off contents that nothing names, keeps the cache under
 * its limit.
 */
#pragma once

#include "fs/core/config.h"

int flusher_open(struct fs *fs);
/* flusher_close: what is not flushed by now stays in memory. */
void flusher_close(struct fs *fs);
