/* SPDX-License-Identifier: MIT
 * A commit's records join a state. Which order commits come in does not matter.
 */
#pragma once

#include "vault/join/records.h"

/* join_apply: what becomes of `state` when all of `delta` joins it: puts and gone keys are added to `out`; what stays
 * as it is is not in there. ERR_DAMAGED, ERR_VERSION: a record of `delta` is none, or not what its key says (known.h),
 * or one of the state is damaged; ERR_LIMIT: a joined record is over the limit; ERR_NOMEM; what `state` fails with. */
MUST_CHECK err_t join_apply(const struct view *state, const struct records *delta, struct records *out);
/* join_whole: whether each record that `changes` puts is what a state may hold. A commit after which that is not so
 * says something of what its author cannot have had, and is refused. ERR_DAMAGED, ERR_NOMEM. */
MUST_CHECK err_t join_whole(const struct records *changes);
