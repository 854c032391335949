/* SPDX-License-Identifier: MIT
 * From groups to bytes.
 */
#pragma once

#include "vault/join/group.h"

/* record_encode: appends. The one encoding of what `r` says. ERR_INVAL: not what group.h allows (no group, order,
 * depth); ERR_NOMEM. `out` is as it was on failure. */
MUST_CHECK err_t record_encode(const struct record *r, struct buf *out);
