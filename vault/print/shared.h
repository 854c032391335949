/* SPDX-License-Identifier: MIT
 * A shared record of format 2 for people, by its groups: known ones by name, others by class.
 */
#pragma once

#include "util/fields.h"

/* print_shared: of a shared kind, as members of what is open. ERR_DAMAGED: no record; ERR_VERSION: newer; ERR_NOMEM,
 * ERR_CRYPTO. */
MUST_CHECK err_t print_shared(const struct fields *f, struct span key, struct span value);
