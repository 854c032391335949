/* SPDX-License-Identifier: MIT
 * Reading single keys.
 */
#pragma once

#include "cache/types.h"

/* map_get: replaces `out` by the newest value. ERR_NOTFOUND; ERR_DAMAGED: that value does not authenticate (others do).
 */
MUST_CHECK err_t map_get(struct map *m, enum map_table t, struct span key, struct buf *out);
struct map_range { /* of a value's bytes */
	size_t off, len;
};
/* map_peek: a range of the value (a chunk of a block, without copying the whole); ERR_LIMIT when it is not inside.
 * *ret_total (optional) gets the value's length. */
MUST_CHECK err_t map_peek(struct map *m, enum map_table t, struct span key, struct map_range range, void *out,
                          size_t *ret_total);
/* map_has: ERR_OK or ERR_NOTFOUND. */
MUST_CHECK err_t map_has(struct map *m, enum map_table t, struct span key);
