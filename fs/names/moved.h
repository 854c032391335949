/* SPDX-License-Identifier: MIT
 * Moving.
 */
#pragma once

#include "fs/core/change.h"

/* moved_shown: what is at `from` comes to `to`; flags: renameat2's. */
int moved_shown(struct change *t, const struct spot *from, const struct spot *to, unsigned flags);
