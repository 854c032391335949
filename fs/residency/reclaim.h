/* SPDX-License-Identifier: MIT
 * Contents that nothing names any more (REC_REAP): their extents are deleted in bounded batches, so that a huge file's
 * unlink is as quick as a small one's; reference counts then free the blocks.
 */
#pragma once

#include "fs/core/change.h"

/* reclaim_run: one bounded batch; true: there is more to do. */
bool reclaim_run(struct fs *fs);
/* reclaim_before_close: into `t`: all of it, or what is left would be published. */
MUST_CHECK err_t reclaim_before_close(struct change *t);
