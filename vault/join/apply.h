/* SPDX-License-Identifier: MIT
 * A commit's records join a state. Which order commits come in does not matter.
 */
#pragma once

#include "vault/join/records.h"

/* join_apply: what becomes of `state` when all of `delta` joins it: puts and gone keys are added to `out`; what stays
 * as it is is not in there. ERR_DAMAGED: a record of `delta` is none, or not what its key says (known.h),
 * or one of the state is none; ERR_LIMIT: a record of `delta` is over RECORD_MAX; ERR_NOMEM; what `state` fails with.
 */
MUST_CHECK err_t join_apply(const struct view *state, const struct records *delta, struct records *out);
