/* SPDX-License-Identifier: MIT
 * A header of format 2 for people. It is public but for what it wraps.
 */
#pragma once

#include "util/fields.h"

struct header;
/* print_header: format, genesis, slots, SLOT statements, starts of epochs. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t print_header(const struct fields *f, const struct header *h);
