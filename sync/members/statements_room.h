/* SPDX-License-Identifier: MIT
 * Invariant 3 of statements.h: how much there may be of what does not count.
 */
#pragma once

#include "sync/members/statements.h"

/* statements_have_room: for one that anybody may have said anywhere. */
bool statements_have_room(const struct statements *t, struct span bytes, struct hash h);
/* statements_trim: behind a new roster. ERR_NOMEM. */
MUST_CHECK err_t statements_trim(struct statements *t);
