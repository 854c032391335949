/* SPDX-License-Identifier: MIT
 * Keys of the shared records that are of no file's names or versions: history, contents, segments, members. kind(u8),
 * then big-endian:
 *
 *   0x45 PLACE      ino(u64, not 0) group(u8) sub(u64) lamport(u64) stream(u64) n(u64)
 *   0x46 CONTENT    content id(16)
 *   0x47 EXTENTS    content id(16) window(u32)
 *   0x48 SEGMENT    segment id(16)
 *   0x50 SUPER      -
 *   0x51 GENESIS    -
 *   0x52 STATEMENT  its hash(32)
 *   0x53 SLOT       slot id(16)
 *   0x54 DEVICE     device id(16)
 *   0x55 EPOCH      number(u32, not 0) id(32)
 */
#pragma once

#include "vault/join/types.h"

enum vault_kind {
	SHARED_PLACE = 0x45, /* what a place, attribute or xattr was before (history.h) */
	SHARED_CONTENT,      /* content.h */
	SHARED_EXTENTS,
	SHARED_SEGMENT,      /* segment.h */
	SHARED_SUPER = 0x50, /* signer.h, all of these */
	SHARED_GENESIS,
	SHARED_STATEMENT,
	SHARED_SLOT,
	SHARED_DEVICE,
	SHARED_EPOCH,
};
/* What a key says. */
struct vault_name {
	enum vault_kind kind;
	struct id id;       /* of CONTENT, EXTENTS, SEGMENT, SLOT, DEVICE */
	struct hash hash;   /* STATEMENT: its hash; EPOCH: its id */
	uint32_t number;    /* EXTENTS: window; EPOCH: number */
	uint64_t ino, sub;  /* PLACE */
	uint8_t group;      /* PLACE */
	struct stamp stamp; /* PLACE: of what was there */
};
struct vault_key {
	uint8_t b[48];
	uint8_t len;
};
/* vault_key_span: points into `k`. */
static inline struct span vault_key_span(const struct vault_key *k)
{
	return SPAN(k->b, k->len);
}
struct vault_key vault_key_of(const struct vault_name *n);
/* vault_key_parse: ERR_NOTFOUND: of no kind named here; ERR_DAMAGED: of one, and wrong. */
MUST_CHECK err_t vault_key_parse(struct span key, struct vault_name *ret);
