/* SPDX-License-Identifier: MIT
 * Thumbnails below $XDG_CACHE_HOME/thumbnails.
 */
#pragma once

#include "cli/vaults/traces.h"

/* thumbnails_look: adds to `t`. */
void thumbnails_look(const struct traces_of *of, struct traces *t);
