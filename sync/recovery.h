/* SPDX-License-Identifier: MIT
 * The recovery key of the vault, as floors above see it: which is in force, and replacing it.
 */
#pragma once

#include "sync/core/recovery_state.h"
#include "vault/keys/recovery_slot.h"

struct sync;
/* sync_recovery: as of the last round. */
void sync_recovery(struct sync *s, struct recovery_state *ret);
/* sync_recovery_shown: a person was shown all that is pending. What the map fails with. */
MUST_CHECK err_t sync_recovery_shown(struct sync *s);
/* What is said; both wait for a round that is under way, ERR_TIMEOUT: it goes on. A sentence in `why`.
 * sync_recovery_say: this device says that the offered slot takes the place of the one in force; durable when it
 * returns, and uploaded by the next rounds. ERR_EXISTS: it has said so of another that waits; ERR_DAMAGED: no such
 * offer; ERR_DENIED: this device is no member. What fails has said nothing.
 * sync_recovery_object: a statement that the key in force signed: REVOKE of a slot that would take its place. */
MUST_CHECK err_t sync_recovery_say(struct sync *s, const struct recovery_offer *o, unsigned timeout_ms,
                                   struct why *why);
MUST_CHECK err_t sync_recovery_object(struct sync *s, struct span statement, unsigned timeout_ms, struct why *why);
