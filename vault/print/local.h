/* SPDX-License-Identifier: MIT
 * Local records of format 2 for people: those of the shown tree, and where blocks are.
 */
#pragma once

#include "util/fields.h"

/* print_local: of a kind from 0xa0 on, as members of what is open. ERR_VERSION: of none of these; ERR_DAMAGED,
 * ERR_NOMEM. */
MUST_CHECK err_t print_local(const struct fields *f, uint8_t kind, struct span value);
