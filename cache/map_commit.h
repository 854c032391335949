/* SPDX-License-Identifier: MIT
 * Commits: from the memtables into the base. With commit_lock.
 */
#pragma once

#include "cache/types.h"

struct commit_work {   /* what goes into the transaction besides what was applied */
	map_txn_fn fn; /* optional */
	void *ctx;
};
/* commit_run: flushes all that was applied and does the work, all in one transaction. */
MUST_CHECK err_t commit_run(struct map *m, const struct commit_work *w);
/* commit_all: commit_run without further work. */
MUST_CHECK err_t commit_all(struct map *m);
/* commit_load: reads the state record at opening. */
MUST_CHECK err_t commit_load(struct map *m);
/* commit_extend: room for two full memtables' worth is the map's before anything is accepted on it. */
void commit_extend(struct map *m);
