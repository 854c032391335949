/* SPDX-License-Identifier: MIT
 * Positions as heads and manifests have them: with the hash of the stream in place of its number, so that who knows
 * none of the streams finds them (docs/format.md, "Head").
 *
 *   applied  count(varint, at most 4,096), then ascending by (stream hash, n, hash): stream hash(32) n(varint, not 0)
 * first 16 bytes of that commit's hash
 */
#pragma once

#include "vault/objects/vv.h"

struct applied_entry {
	struct hash stream;
	uint64_t n;
	struct id hash;
};
struct applied { /* ascending, no entry twice */
	struct applied_entry *v;
	size_t n, cap;
};
void applied_free(struct applied *a);
/* applied_sort: of entries in whatever order. */
void applied_sort(struct applied *a);
/* applied_stream: number of the stream with that hash: its first 8 bytes. */
uint64_t applied_stream(struct hash stream);
/* applied_put: appends; ERR_INVAL: out of order, or what the format cannot hold. applied_get: reads one off `r`; `ret`
 * is the caller's to free. ERR_DAMAGED, ERR_NOMEM. */
MUST_CHECK err_t applied_put(struct buf *out, const struct applied *a);
MUST_CHECK err_t applied_get(struct rd *r, struct applied *ret);
