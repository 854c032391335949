/* SPDX-License-Identifier: MIT
 * An immutable state of a file's bytes (docs/format.md, "Contents"): group 1 of CONTENT and of EXTENTS, VALUE under the
 * zero stamp.
 *
 *   CONTENT  parent's content id(16) inherited length(varint, 1..2^53), or no bytes: no parent
 *   EXTENTS  count(varint, at most 1,024), then extents, ascending without overlap: distance from the end of the one
 *            before(varint) length(varint, not 0) block id(16) offset in the block(varint). None crosses a multiple of
 *            131,072 in the file, all end within their block and the window, which is 2 MiB of the file.
 * A content id is stream(u64) of its author and 8 random bytes.
 */
#pragma once

#include "util/id.h"

#define CONTENT_BLOCK 131072u
#define CONTENT_WINDOW (16u * CONTENT_BLOCK)
#define CONTENT_EXTENTS_MAX 1024
#define CONTENT_SIZE_MAX (UINT64_C(1) << 53)

struct content_rec {
	bool has_parent;
	struct id parent;
	uint64_t inherited; /* bytes of it */
};
struct window_extent { /* `length` bytes at `start` of the window are at `offset` of the block */
	uint32_t start, length;
	struct id block;
	uint32_t offset;
};
struct window_extents {
	struct window_extent *v;
	size_t n, cap;
};
void window_extents_free(struct window_extents *w);
/* content_stream: of its author. */
uint64_t content_stream(struct id content);
/* content_get: false: malformed. content_put: appends; ERR_INVAL. */
bool content_get(struct span value, struct content_rec *ret);
MUST_CHECK err_t content_put(struct buf *out, const struct content_rec *c);
/* content_get_extents: `ret` is the caller's to free. ERR_DAMAGED, ERR_NOMEM. content_put_extents: appends; ERR_INVAL.
 */
MUST_CHECK err_t content_get_extents(struct span value, struct window_extents *ret);
MUST_CHECK err_t content_put_extents(struct buf *out, const struct window_extents *w);
