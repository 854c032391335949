/* SPDX-License-Identifier: MIT
 * The header on the store is looked at as often as heads are, and put right (header_look.h): who joins, or has lost its
 * copy, has nothing else. One GET of some KiB.
 */
#pragma once

#include "util/error.h"

struct sync;
/* header_keep: nothing where sync_config.keeps_header is not set. What was put right is told. A store that does not
 * take it, and a header of a newer version, are no failure; what else map and store fail with. */
MUST_CHECK err_t header_keep(struct sync *s);
