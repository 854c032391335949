/* SPDX-License-Identifier: MIT
 * The recovery key: which is in force, and its replacement by this device or another (docs/format.md, "The recovery key
 * is replaced").
 *
 *   recovery_replace  SLOT by this device, with its record    durable; then the commit, then the header (round.c)
 *   recovery_shown    a person of this device was shown those that wait
 *   recovery_say_due  CONFIRM by this device, CONFIRM_AFTER later, unless the key in force has objected
 *   recovery_object   REVOKE by the key in force, which somebody has typed
 *
 * Invariants
 *   1. Of a new slot its SLOT record (mix key, wrap) and the statement are one batch, so whoever knows the one has the
 *      other, and the header's wrap comes from the record.
 *   2. Nothing is confirmed that nobody was shown.
 */
#pragma once

#include "sync/core/ops.h"
#include "util/error.h"
#include "vault/keys/recovery_slot.h"

#include <stdbool.h>

#define STATE_TOLD "sync.told." /* hash of a SLOT statement: when a person was shown it first: s(i64) */

struct sync;
/* recovery_mirror: s->recovery, which others are told; behind each round. */
void recovery_mirror(struct sync *s);
/* recovery_shown: all that s->recovery has was shown now; what is to be remembered goes into `o`. Any thread. */
void recovery_shown(struct sync *s, struct ops *o);
/* recovery_said: whether this device has said SLOT: then the header may lack what was uploaded since. */
bool recovery_said(const struct sync *s);
/* recovery_pends: whether one is known that is not settled. */
bool recovery_pends(const struct sync *s);
/* recovery_say_due: says what is due; in a round. What chain_say fails with. */
MUST_CHECK err_t recovery_say_due(struct sync *s);
/* recovery_replace, recovery_object: sync_recovery_say and sync_recovery_object (sync/recovery.h), with `work` held. */
MUST_CHECK err_t recovery_replace(struct sync *s, const struct recovery_offer *o, struct why *why);
MUST_CHECK err_t recovery_object(struct sync *s, struct span statement, struct why *why);
