/* SPDX-License-Identifier: MIT
 * A content and those that it is read through: its parent, the parent's, and so on (docs/format.md, "Contents").
 */
#pragma once

#include "vault/join/content.h"
#include "vault/join/view.h"

#define CHAIN_MAX 8

struct chain_link {
	struct id content;
	uint64_t upto; /* bytes from the start that are looked for here; of the first: no limit */
};
struct chain { /* the content itself, then the older ones */
	struct chain_link v[CHAIN_MAX];
	size_t n;
};
/* chain_load: ERR_NOTFOUND: there is no such content; ERR_DAMAGED: a parent is not there, the chain is longer than it
 * may be, or a record is none; ERR_VERSION, ERR_NOMEM; what the view fails with. */
MUST_CHECK err_t chain_load(const struct view *v, struct id content, struct chain *ret);
/* chain_find: what one content says of its parent. Errors as chain_load. */
MUST_CHECK err_t chain_find(const struct view *v, struct id content, struct content_rec *ret);
/* chain_inherits: whether a window of the first content begins in what it has from its parent. */
bool chain_inherits(const struct chain *c, uint32_t window);
