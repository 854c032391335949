/* SPDX-License-Identifier: MIT
 * Removing.
 */
#pragma once

#include "fs/core/change.h"

/* removed_shown: unlink, or rmdir when `want_dir`. */
int removed_shown(struct change *t, uint64_t dir, const char *name, bool want_dir);
