/* SPDX-License-Identifier: MIT
 * Second step: where directories hang. While their places lead to the root, as they say; only when a change closes a
 * cycle, or there was one, all directories are looked at (vault/tree/hang.h).
 */
#pragma once

#include "vault/shown/units.h"

/* cycles_update: HANGS. Adds a unit for whatever is shown elsewhere because a directory came, went or moved, and looks
 * at the units that are directories. */
MUST_CHECK err_t cycles_update(struct update *u);
