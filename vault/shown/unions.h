/* SPDX-License-Identifier: MIT
 * Last step: which directories are one, from above downwards.
 */
#pragma once

#include "vault/shown/units.h"

/* unions_update: MEMBERS, because of the buckets in u->changed. */
MUST_CHECK err_t unions_update(struct update *u);
