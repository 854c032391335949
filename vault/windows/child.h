/* SPDX-License-Identifier: MIT
 * New contents, and changes of one that nobody else reads yet. All give records to be put, or to go, in `out`.
 *
 * A content is changed as long as it is in the open changeset of its author; after that whoever wants to change its
 * bytes makes a child. A chain has CHAIN_MAX contents at most: a child that would make a longer one stands on an older
 * parent and has the windows of those between as its own. Which parent: the youngest of which the contents before it
 * have no more than half as many windows, so that a window is not written anew at each save.
 *
 * Errors: ERR_DAMAGED, ERR_VERSION, ERR_NOMEM; what the view fails with.
 */
#pragma once

#include "vault/join/records.h"
#include "vault/windows/chain.h"

/* child_first: a content without parent. */
MUST_CHECK err_t child_first(struct records *out, struct id content);
/* child_make: `child` reads what `parent` does, up to `inherited`. */
MUST_CHECK err_t child_make(const struct view *v, struct id child, const struct content_rec *of, struct records *out);
/* child_inherit: `content`, which has a record, reads up to that what the parent does. */
MUST_CHECK err_t child_inherit(struct records *out, struct id content, const struct content_rec *of);
/* child_shorten: of the first of the chain: nothing at `size` and beyond. */
MUST_CHECK err_t child_shorten(const struct view *v, const struct chain *c, uint64_t size, struct records *out);
/* child_drop: of a content alone: CONTENT and at most `max` windows; *more: there are others: then CONTENT stays. */
MUST_CHECK err_t child_drop(const struct view *v, struct id content, size_t max, struct records *out, bool *more);
