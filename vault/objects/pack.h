/* SPDX-License-Identifier: MIT
 * Records with their keys, as commits, joins and chunks carry them (docs/format.md, "Pack"): stamps are written beside
 * a table of the streams in it, keys beside the key before.
 *
 * What is checked of a value here is its table of stamps; known.h says whether it is a record.
 */
#pragma once

#include "vault/join/view.h"

#define PACK_KEY_MAX 255
#define SHARED_LOW 0x40 /* kinds that are shared */
#define SHARED_HIGH 0x7f

/* pack_key_ok: of a shared kind, and no longer than a key may be. */
bool pack_key_ok(struct span key);

struct pack_stream {
	uint64_t stream, n; /* greatest n in the pack */
};
/* Records that become a pack. */
struct pack {
	struct buf raw;              /* of each: length of the key(u8) key, length of the value(u32) value */
	uint64_t lamport;            /* greatest */
	struct pack_stream *streams; /* ascending */
	size_t n, cap;
	size_t stamps; /* in all values */
	size_t last;   /* where the last record is in `raw` */
};
#define PACK_INIT ((struct pack){ 0 })
void pack_free(struct pack *p); /* wipes */
/* pack_add: copies. ERR_INVAL, and all as it was: a key that is not shared or not after the last one, a value without
 * a table of stamps. ERR_NOMEM: the pack is of no use any more. */
MUST_CHECK err_t pack_add(struct pack *p, struct span key, struct span value);
/* pack_bound: bytes that it will have at most. */
size_t pack_bound(const struct pack *p);
/* pack_put: appends it. ERR_NOMEM. */
MUST_CHECK err_t pack_put(const struct pack *p, struct buf *out);

/* pack_read: calls `fn` for each record of a pack, ascending by key; a NULL `fn` is not called. What it was called for
 * is of a pack only if this answers ERR_OK. ERR_DAMAGED, ERR_NOMEM, what `fn` answers. */
MUST_CHECK err_t pack_read(struct span bytes, view_visit fn, void *ctx);
