/* SPDX-License-Identifier: MIT
 * Streams that others count and no statement here begins: each one's first commit has its INCARNATION, whatever the
 * mailbox and the guide lost.
 */
#pragma once

#include "util/id.h"

struct sync;
/* stranger_met: a head counts it. ERR_NOMEM. stranger_look: at the first commits of those; what is said there comes
 * into the set of statements. What the store and statements_make fail with. */
MUST_CHECK err_t stranger_met(struct sync *s, struct hash stream);
MUST_CHECK err_t stranger_look(struct sync *s);
