/* SPDX-License-Identifier: MIT
 * Which windows of a content are not zeros for sure: those of which it, or what it is read through, has a record.
 */
#pragma once

#include "vault/windows/chain.h"

struct window_list { /* ascending */
	uint32_t *v;
	size_t n, cap;
};
void window_list_free(struct window_list *l);
struct window_range {
	uint32_t first, last;
	size_t max; /* so many at most, the first ones */
};
/* window_list_make: of all contents of the chain. `ret` is the caller's to free. ERR_DAMAGED: a key is none; ERR_NOMEM;
 * what the view fails with. */
MUST_CHECK err_t window_list_make(const struct view *v, const struct chain *c, struct window_range range,
                                  struct window_list *ret);
/* window_list_own: of one content alone. */
MUST_CHECK err_t window_list_own(const struct view *v, struct id content, struct window_range range,
                                 struct window_list *ret);
