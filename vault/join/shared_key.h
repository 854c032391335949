/* SPDX-License-Identifier: MIT
 * Keys of the shared records of files. kind(u8), then big-endian, so that they sort by inode number:
 *
 *   0x40 INODE    ino(u64)
 *   0x41 LINK     ino(u64) link id(u64, not 0)
 *   0x42 SIBLING  ino(u64) version id
 *   0x43 VERSION  ino(u64) version id
 *   0x44 XATTR    ino(u64) name hash(u64)
 *   version id    lamport(u64) stream(u64) n(u64) tag(16 bytes)
 * An inode number is not 0. The name hash is keyed (crypto/namehash.h).
 */
#pragma once

#include "vault/join/types.h"

enum shared_kind {
	SHARED_INODE = 0x40,   /* place of the first link, attributes, greatest live version */
	SHARED_LINK = 0x41,    /* a further hard link */
	SHARED_SIBLING = 0x42, /* a further live version */
	SHARED_VERSION = 0x43, /* a version that is gone */
	SHARED_XATTR = 0x44,   /* extended attributes whose names have one hash */
};

/* shared_key_is: whether a record under that key is shared: kinds 0x40 to 0x7f, which commits carry and digests count.
 */
bool shared_key_is(struct span key);

struct shared_key {
	uint8_t b[56];
	uint8_t len;
};
/* shared_key_span: points into `k`. */
static inline struct span shared_key_span(const struct shared_key *k)
{
	return SPAN(k->b, k->len);
}
/* shared_key_kind, shared_key_ino: also the prefix of all records of a kind, or of a kind and an inode.
 * shared_key_number: LINK by link id, XATTR by name hash. shared_key_version: SIBLING, VERSION. */
struct shared_key shared_key_kind(enum shared_kind kind);
#define SHARED_INO_KEY 9 /* bytes of kind and number */
static inline struct shared_key shared_key_ino(enum shared_kind kind, uint64_t ino)
{
	struct shared_key k = { .b = { (uint8_t)kind }, .len = SHARED_INO_KEY };
	const uint64_t be = htobe64(ino);
	memcpy(k.b + 1, &be, sizeof(be));
	return k;
}
struct shared_key shared_key_number(enum shared_kind kind, uint64_t ino, uint64_t number);
struct shared_key shared_key_version(enum shared_kind kind, uint64_t ino, struct version_id id);

/* What a key says. */
struct shared_name {
	enum shared_kind kind;
	uint64_t ino;
	uint64_t number;           /* of LINK: link id, XATTR: name hash */
	struct version_id version; /* of SIBLING, VERSION */
};
/* shared_key_parse: ERR_NOTFOUND: of no kind named here; ERR_DAMAGED: of one, and wrong. */
MUST_CHECK err_t shared_key_parse(struct span key, struct shared_name *ret);
