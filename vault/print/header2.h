/* SPDX-License-Identifier: MIT
 * A header of format 2 for people. It is public but for what it wraps.
 */
#pragma once

#include "util/fields.h"

struct header2;
/* print_header2: format, genesis, slots, SLOT statements, starts of epochs. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t print_header2(const struct fields *f, const struct header2 *h);
