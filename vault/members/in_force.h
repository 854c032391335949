/* SPDX-License-Identifier: MIT
 * The recovery slots, one after the other, up to the one in force.
 */
#pragma once

#include "vault/members/parts.h"

/* in_force_find: from the slot `first` on; fills r->slots and their places, and pins all but the last. ERR_NOMEM. */
MUST_CHECK err_t in_force_find(struct roster *r, size_t first);
