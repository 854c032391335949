/* SPDX-License-Identifier: MIT
 * Bytes that stay where they are until all of them are freed: names of a tree.
 */
#pragma once

#include "util/buf.h"

struct arena_chunk;
struct arena {
	struct arena_chunk *last;
};
/* arena_put: a copy of `s`, in *ret. */
MUST_CHECK err_t arena_put(struct arena *a, struct span s, struct span *ret);
void arena_free(struct arena *a);
