/* SPDX-License-Identifier: MIT
 * Around a decision about what is written.
 */
#pragma once

#include "cache/map_struct.h"

struct freezing {
	struct map_freeze hook;
	int64_t since; /* mono ns: from when on somebody may wait for its end */
};
/* freeze_enter: runs the hook: what is buffered above is applied, and nothing more comes until freeze_leave. */
struct freezing freeze_enter(struct map *m);
void freeze_leave(struct map *m, const struct freezing *f);
/* freeze_memtable: around it the memtable becomes the immutable one, which must be free, if it holds anything;
 * commit_lock held. */
MUST_CHECK err_t freeze_memtable(struct map *m);
