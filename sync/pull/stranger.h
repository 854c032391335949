/* SPDX-License-Identifier: MIT
 * Streams that others count and no statement here begins: each one's first commit has its INCARNATION, whatever the
 * mailbox and the guide lost.
 */
#pragma once

#include "vault/objects/applied.h"

struct sync;
/* stranger_heard: what a head counts; *ret: one of it is no stream here. Of these a few are looked for, others the next
 * time: any member can count what is not there. ERR_NOMEM. stranger_look: at the first commits of those; what is said
 * there comes into the set of statements. What the store and statements_make fail with. */
MUST_CHECK err_t stranger_heard(struct sync *s, const struct applied *a, bool *ret);
MUST_CHECK err_t stranger_look(struct sync *s);
