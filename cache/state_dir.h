/* SPDX-License-Identifier: MIT
 * The state directory.
 */
#pragma once

#include "cache/open.h"

/* state_dir_open: locks it and opens base, seal and WAL of `m` in it. */
MUST_CHECK err_t state_dir_open(struct map *m, const struct map_config *c, struct why *why);
