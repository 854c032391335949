/* SPDX-License-Identifier: MIT
 * The header of format 2 (docs/format.md, "Header"): what opening a vault needs. Its bytes; what they should be says
 * header2_make.h, what they open header2_open.h.
 *
 *   magic(16) version(u16: 2) incompatible, compatible features(u32 each) genesis with signatures (genesis2.h)
 *   wraps(at most 64)  by slot id     SLOT statements of slots that genesis does not name(at most 64)  by hash
 *   starts(at most 16) by number, id  each list: count(u16), then length(u16) and bytes of each, ascending
 *   zeros up to a power of two, 4,096 at least and 1 MiB at most, SHA-256 of all before it
 */
#pragma once

#include "vault/members/genesis2.h"

/* What a person is told of a header that somebody made, since its checksum is right, and that is not genuine. */
#define HEADER_TAMPERED "The vault's header looks tampered with. Do not enter your passphrase again"

#define HEADER2_MAX ((size_t)1 << 20)
#define HEADER2_LEAST 4096
#define HEADER2_WRAPS_MAX 64
#define HEADER2_SLOTS_MAX 64
#define HEADER2_STARTS_MAX 16

enum header2_kind { HEADER2_WRAP, HEADER2_SLOT, HEADER2_START };
struct header2_item {
	struct buf bytes;
	struct hash hash; /* of a wrap or statement; of a start the epoch's id */
	struct id slot;   /* of a wrap: whose; of a statement: whom it lets in */
	uint32_t number;  /* of a start */
};
struct header2_list { /* ascending: see above */
	struct header2_item *v;
	size_t n, cap;
};
struct header2 {
	uint32_t compatible; /* features; what is not known is kept */
	struct buf genesis;  /* with signatures */
	struct genesis2 g;   /* out of it, points into it */
	struct hash genesis_hash;
	struct header2_list list[3]; /* by enum header2_kind */
};
void header2_free(struct header2 *h);
/* header2_set_genesis: `with_signatures` are checked; errors of genesis2_check. */
MUST_CHECK err_t header2_set_genesis(struct header2 *h, struct span with_signatures);
/* header2_item_of: reads one; *ret is the caller's, for header2_item_free. ERR_DAMAGED: not of its form. */
MUST_CHECK err_t header2_item_of(enum header2_kind kind, struct id vault, struct span bytes, struct header2_item *ret);
void header2_item_free(struct header2_item *i);
/* header2_cmp: the order of their list. */
int header2_cmp(enum header2_kind kind, const struct header2_item *a, const struct header2_item *b);
/* header2_insert: takes *item to its place. ERR_EXISTS: one that compares equal is there; ERR_LIMIT, ERR_NOMEM: and
 * then *item stays the caller's. */
MUST_CHECK err_t header2_insert(struct header2 *h, enum header2_kind kind, struct header2_item *item);
/* header2_size: bytes of it without padding. */
size_t header2_size(const struct header2 *h);
/* header2_encode: appends. ERR_LIMIT: over 1 MiB. header2_decode: *ret is the caller's, for header2_free. ERR_DAMAGED;
 * ERR_VERSION: newer, or of a development version; a sentence in `why` for each. */
MUST_CHECK err_t header2_encode(const struct header2 *h, struct buf *out);
MUST_CHECK err_t header2_decode(struct span bytes, struct header2 *ret, struct why *why);
