/* SPDX-License-Identifier: MIT
 * The first commit of a new vault.
 */
#pragma once

#include "sync/bootstrap.h"

/* bootstrap2_create: as bootstrap_create, which calls it. */
MUST_CHECK err_t bootstrap2_create(const struct bootstrap *b, struct why *why);
