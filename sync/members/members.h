/* SPDX-License-Identifier: MIT
 * Whose commits count.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* member_statement: a statement from mailbox or map: verified, then its stream is known (or closed). */
MUST_CHECK err_t member_statement(struct sync *s, struct span bytes);
MUST_CHECK err_t member_read(struct sync *s); /* statements in the map and in commits seen */
/* member_seen: the statements among the changes of a commit that is not applied yet, or never will be. They count at
 * once: which history wins must not decide whose commits count. *ret_any: there were some. */
MUST_CHECK err_t member_seen(struct span changes, struct ops *o, bool *ret_any);
