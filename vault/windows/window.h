/* SPDX-License-Identifier: MIT
 * One window of a content, as it is read and as it is written.
 */
#pragma once

#include "vault/join/records.h"
#include "vault/windows/chain.h"

/* window_read: what the first content of the chain reads there, cut at what it inherits; nothing: an empty list, zeros.
 * `ret` is the caller's to free. ERR_DAMAGED, ERR_VERSION, ERR_NOMEM; what the view fails with. */
MUST_CHECK err_t window_read(const struct view *v, const struct chain *c, uint32_t window, struct window_extents *ret);
/* window_own: what the record of one content says. ERR_NOTFOUND: it has none; else as window_read. */
MUST_CHECK err_t window_own(const struct view *v, struct id content, uint32_t window, struct window_extents *ret);
/* window_cut: nothing at `end` and beyond, within the window. */
void window_cut(struct window_extents *w, uint64_t end);
/* window_write: into `out`: the first content of the chain reads `w` there. It needs no record for zeros where it
 * inherits nothing. ERR_INVAL: not what a window may hold. */
MUST_CHECK err_t window_write(struct records *out, const struct chain *c, uint32_t window,
                              const struct window_extents *w);
/* window_drop: into `out`: it has no record there. */
MUST_CHECK err_t window_drop(struct records *out, struct id content, uint32_t window);
