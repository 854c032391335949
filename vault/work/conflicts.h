/* SPDX-License-Identifier: MIT
 * What is shown under a conflict name: what nobody has decided yet. Not within an operation.
 */
#pragma once

#include "vault/work/ask.h"

struct work_conflict {
	uint64_t ino;     /* as entries have it */
	struct span path; /* of the vault: "/a/b (conflict desk 2026-11-24 10.15.03).txt" */
	uint8_t type;     /* S_IFMT >> 12 */
	struct span name; /* that it would have */
	/* What has that name: ino 0: nothing. */
	uint64_t holder;
	uint8_t holder_type;
	bool version;    /* it is another version of the file that has the name; else a file by itself */
	uint64_t stream; /* whose: of the first version of its branch, */
	int64_t time;    /* and when that was written: seconds since 1970 */
};
/* work_conflicts: calls for each that is at `top` or below it, or would have its name; INO_ROOT: all. What `fn` answers
 * but for ERR_OK ends it, and is the answer. fn asks nothing. ERR_NOTFOUND: nothing is shown under that number. */
typedef err_t (*work_conflict_visit)(void *ctx, const struct work_conflict *c);
MUST_CHECK err_t work_conflicts(struct work *w, uint64_t top, work_conflict_visit fn, void *ctx);
