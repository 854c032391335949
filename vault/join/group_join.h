/* SPDX-License-Identifier: MIT
 * Join of records, and its difference. Rules: group.h.
 */
#pragma once

#include "vault/join/group.h"

/* groups_join: appends the join of two lists to `out`; their bytes stay where they are. */
void groups_join(struct nodes a, struct nodes b, struct record *out);
/* groups_delta: appends the least list that joined with `before` gives `after`, if `after` is a join of `before` with
 * anything. */
void groups_delta(struct nodes before, struct nodes after, struct record *out);

/* record_join: of two values; an empty one is none. `out` is replaced. ERR_DAMAGED: `a` or `b` is no record;
 * ERR_NOMEM. */
MUST_CHECK err_t record_join(struct span a, struct span b, struct buf *out);
/* record_delta: the least value d with join(before, d) = after; empty: nothing changed. ERR_INVAL: there is none, since
 * `after` lacks something of `before`. Else as record_join. */
MUST_CHECK err_t record_delta(struct span before, struct span after, struct buf *out);
