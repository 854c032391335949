/* SPDX-License-Identifier: MIT
 * A header for people. It is public but for what it wraps.
 */
#pragma once

#include "util/fields.h"

struct header;
/* print_header: format, genesis, slots, sealed roots, statements. */
void print_header(const struct fields *f, const struct header *h);
