/* SPDX-License-Identifier: MIT
 * Streams that are remembered here (core/state.h). Any thread.
 */
#pragma once

#include "util/id.h"

struct map;
struct stream;
/* stream_find: by number. stream_own: that of this state. ERR_NOTFOUND: also when none has begun; what reading fails
 * with. */
MUST_CHECK err_t stream_find(struct map *m, uint64_t number, struct stream *ret);
MUST_CHECK err_t stream_own(struct map *m, struct stream *ret);
