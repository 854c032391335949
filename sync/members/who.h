/* SPDX-License-Identifier: MIT
 * How the device of a stream is called.
 */
#pragma once

#include "cache/map.h"

/* who_name: appends what its DEVICE record says, as it is published here. Any thread. ERR_NOTFOUND: no such stream is
 * known, or no name; what reading the map fails with. */
MUST_CHECK err_t who_name(struct map *m, uint64_t stream, struct buf *out);
