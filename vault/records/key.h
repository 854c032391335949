/* SPDX-License-Identifier: MIT
 * Keys of records and of the upload queue: kind(1), then fixed-width big-endian numbers, ids or keyed hashes, so that
 * keys sort by them.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/kinds.h"

#define KEY_BUF 64
struct rkey { /* a key built on the stack */
	uint8_t b[KEY_BUF];
	uint8_t len;
};
/* rkey_span: points into `k`. */
static inline struct span rkey_span(const struct rkey *k)
{
	return (struct span){ k->b, k->len };
}
/* key_*: the key of one record; a prefix of it is the key of what starts with the same. Never fail. */
struct rkey key_kind(uint8_t kind); /* just the kind: a prefix */
struct rkey key_bytes(uint8_t kind, struct span s);
struct rkey key_ino(enum record_kind kind, uint64_t ino);
struct rkey key_ino_hash(enum record_kind kind, uint64_t ino, uint64_t namehash); /* UNLINKED: an xattr */
/* key_id: PLACED, USES, REAP. */
struct rkey key_id(enum record_kind kind, struct id id);
struct rkey key_queue(enum queue_kind kind, struct id id);
/* key_parse_*: from the bytes of a key; false when it is not of that form, and then nothing is written. */
bool key_parse_ino(struct span key, enum record_kind kind, uint64_t *ino);
bool key_parse_ino_hash(struct span key, enum record_kind kind, uint64_t *ino, uint64_t *hash);
bool key_parse_id(struct span key, enum record_kind kind, struct id *id);
