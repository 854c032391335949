/* SPDX-License-Identifier: MIT
 * A statement for people.
 */
#pragma once

#include "util/fields.h"

/* print_statement: by whom it is and what it says, as members of what is open. ERR_DAMAGED: it is none; ERR_NOMEM. */
MUST_CHECK err_t print_statement(const struct fields *f, struct span bytes);
