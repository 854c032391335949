/* SPDX-License-Identifier: MIT
 * Extensions of commits, heads and manifests: what a later version adds, and who does not know it keeps.
 *
 *   extensions  count(varint), then ascending by number: number(varint) length(varint) bytes
 */
#pragma once

#include "util/buf.h"

struct extension {
	uint64_t number;
	struct span bytes;
};
struct extensions { /* ascending */
	struct extension *v;
	size_t n, cap;
};
void extensions_free(struct extensions *x);
/* extensions_put: appends; ERR_INVAL: out of order. extensions_get: reads them off `r`, into whose bytes they point;
 * `ret` is the caller's to free. ERR_DAMAGED, ERR_NOMEM. */
MUST_CHECK err_t extensions_put(struct buf *out, const struct extensions *x);
MUST_CHECK err_t extensions_get(struct rd *r, struct extensions *ret);
