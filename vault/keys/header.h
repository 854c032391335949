/* SPDX-License-Identifier: MIT
 * The header of format 2 (docs/format.md, "Header"): what opening a vault needs. Its bytes; what they should be says
 * header_make.h, what they open header_open.h.
 *
 *   magic(16) version(u16: 2) incompatible, compatible features(u32 each) genesis with signatures (genesis.h)
 *   wraps(at most 64)  by slot id     SLOT statements of slots that genesis does not name(at most 64)  by hash
 *   starts(at most 16) by number, id  each list: count(u16), then length(u16) and bytes of each, ascending
 *   zeros up to a power of two, 4,096 at least and 1 MiB at most, SHA-256 of all before it
 */
#pragma once

#include "vault/members/genesis.h"

/* What a person is told of a header that somebody made, since its checksum is right, and that is not genuine. */
#define HEADER_TAMPERED "The vault's header looks tampered with. Do not enter your passphrase again"

#define HEADER_MAX ((size_t)1 << 20)
#define HEADER_LEAST 4096
#define HEADER_WRAPS_MAX 64
#define HEADER_SLOTS_MAX 64
#define HEADER_STARTS_MAX 16

enum header_kind { HEADER_WRAP, HEADER_SLOT, HEADER_START };
struct header_item {
	struct buf bytes;
	struct hash hash; /* of a wrap or statement; of a start the epoch's id */
	struct id slot;   /* of a wrap: whose; of a statement: whom it lets in */
	uint32_t number;  /* of a start */
};
struct header_list { /* ascending: see above */
	struct header_item *v;
	size_t n, cap;
};
struct header {
	uint32_t compatible; /* features; what is not known is kept */
	struct buf genesis;  /* with signatures */
	struct genesis g;    /* out of it, points into it */
	struct hash genesis_hash;
	struct header_list list[3]; /* by enum header_kind */
};
void header_free(struct header *h);
/* header_set_genesis: `with_signatures` are checked; errors of genesis_check. */
MUST_CHECK err_t header_set_genesis(struct header *h, struct span with_signatures);
/* header_item_of: reads one; *ret is the caller's, for header_item_free. ERR_DAMAGED: not of its form. */
MUST_CHECK err_t header_item_of(enum header_kind kind, struct id vault, struct span bytes, struct header_item *ret);
void header_item_free(struct header_item *i);
/* header_cmp: the order of their list. */
int header_cmp(enum header_kind kind, const struct header_item *a, const struct header_item *b);
/* header_insert: takes *item to its place. ERR_EXISTS: one that compares equal is there; ERR_LIMIT, ERR_NOMEM: and
 * then *item stays the caller's. */
MUST_CHECK err_t header_insert(struct header *h, enum header_kind kind, struct header_item *item);
/* header_size: bytes of it without padding. */
size_t header_size(const struct header *h);
/* header_encode: appends. ERR_LIMIT: over 1 MiB. header_decode: *ret is the caller's, for header_free. ERR_DAMAGED;
 * ERR_VERSION: newer, or of a development version; a sentence in `why` for each. */
MUST_CHECK err_t header_encode(const struct header *h, struct buf *out);
MUST_CHECK err_t header_decode(struct span bytes, struct header *ret, struct why *why);
