/* SPDX-License-Identifier: MIT
 * First step of an update: what is bound to a link, and which file shows a version; so which inodes are concerned
 * besides those whose records changed.
 */
#pragma once

#include "vault/shown/units.h"

/* homes_update: BOUND and HOMES; adds a unit for every inode that is concerned by the records of `inos`. */
MUST_CHECK err_t homes_update(struct update *u, const struct u64s *inos);
