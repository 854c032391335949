/* SPDX-License-Identifier: MIT
 * What is shown under conflict names.
 */
#pragma once

#include "fs/core/config.h"
#include "vault/work/conflicts.h"

/* fs_conflicts: work_conflicts, with everything standing still. ENOENT: nothing is shown
 * under that number. fs_conflicts_n: how many there are in all. */
MUST_CHECK int fs_conflicts(struct fs *fs, uint64_t top, work_conflict_visit fn, void *ctx);
MUST_CHECK int fs_conflicts_n(struct fs *fs, uint64_t *ret);
