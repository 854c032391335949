/* SPDX-License-Identifier: MIT
 * Whose commits count.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* member_statement: a statement from mailbox or map: verified, then its stream is known (or closed). */
MUST_CHECK err_t member_statement(struct sync *s, struct span bytes);
MUST_CHECK err_t member_read(struct sync *s); /* statements in the map */
