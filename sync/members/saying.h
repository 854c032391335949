/* SPDX-License-Identifier: MIT
 * What whoever says a statement begins with, and ends with (chain.h is between).
 */
#pragma once

#include "sync/members/chain.h"

struct sync;
/* saying_lock: `work`, between two rounds, for the caller to unlock. false: a round went on for so long. */
bool saying_lock(struct sync *s, unsigned timeout_ms);
/* saying_of: `who` says something now. */
struct chain_of saying_of(const struct sync *s, const struct signer_mine *who);
/* saying_end: what that signer said last, by what is known here; nothing: number 0. */
struct chain saying_end(const struct sync *s, struct id signer);
/* saying_last: of this device. A state that was restored from a backup may have said more than it knows. What the map
 * fails with. */
MUST_CHECK err_t saying_last(struct sync *s, struct chain *ret);
/* saying_known: what was said is in the set of statements, and roster and streams follow. Errors of statements_make. */
MUST_CHECK err_t saying_known(struct sync *s, const struct records *said);
