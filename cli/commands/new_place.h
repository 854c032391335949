/* SPDX-License-Identifier: MIT
 * Where a new vault goes: a slip in an address makes nothing, and no place of something else is taken, unless the
 * person says so: by --create, or when asked on a terminal.
 */
#pragma once

#include "cli/vaults/new_vault.h"

/* new_place_take: the place is there afterwards, and may be written. ERR_NOSTORE: nothing is there; ERR_EXISTS: a vault
 * is, or something else; ERR_CANCELED: the person said no. What an init left there, and here, that ended before is
 * gone. */
MUST_CHECK err_t new_place_take(const struct options *o, struct new_vault *v, struct why *why);
