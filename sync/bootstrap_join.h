/* SPDX-License-Identifier: MIT
 * Opening a vault from the store alone.
 */
#pragma once

#include "sync/bootstrap.h"

/* bootstrap_join: verifies statements, heads and the newest checkpoint, loads it, applies the commits after it, signs
 * and PUTs this device's join statement into the mailbox. Idempotent: may be called again after a crash, on a fresh
 * map. */
MUST_CHECK err_t bootstrap_join(const struct bootstrap *b, const struct slot *slot, struct why *why);
