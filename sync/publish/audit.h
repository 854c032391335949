/* SPDX-License-Identifier: MIT
 * Whether what this device stands on is still on the store: of each other stream the newest commit that is applied
 * here, and of each branch beside it the end; in turn, of those below it that no checkpoint of ours has. A newcomer
 * needs all parts of it, and who wrote it may be gone: what is lost is given to newcomers in a checkpoint; and a
 * checkpoint of ours of which anything is lost is made anew: its manifest is looked for each time, of its chunks some,
 * in turn, until all were. Our own commits are looked at by own.h.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* audit_run: one byte of each, of a checkpoint's chunks some every ten minutes; as often the ends of branches, which
 * may cost a commit each. What the store fails with; a commit that is lost is none of that. */
MUST_CHECK err_t audit_run(struct sync *s);
