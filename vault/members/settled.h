/* SPDX-License-Identifier: MIT
 * Whether a recovery key that a device replaced is replaced by the word of all.
 */
#pragma once

#include "vault/members/parts.h"

/* settled: of SLOT statement `said`, which replaces the last of r->slots, and which none of these signed: each device
 * that was in before has confirmed it. ERR_NOMEM. */
MUST_CHECK err_t settled(const struct roster *r, size_t said, bool *ret);
