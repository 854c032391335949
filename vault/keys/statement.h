/* SPDX-License-Identifier: MIT
 * Statements: what only a human slot can say (join, revocation, slot added or removed). Self-contained, signed,
 * numbered and hash-linked per slot, kept for ever outside the fork choice. Layout: docs/format1.md, "Statements".
 */
#pragma once

#include "vault/keys/slot_keys.h"

enum statement_kind { ST_JOIN = 1, ST_REVOKE = 2, ST_SLOT_ADD = 3, ST_SLOT_REMOVE = 4 };
struct stream_cut { /* REVOKE: nothing of this stream after n counts */
	struct id stream;
	uint64_t n;
	struct hash hash;
};
#define CUTS_MAX 256
struct statement {
	enum statement_kind kind;
	struct id slot;  /* the signing human slot */
	uint64_t number; /* of that slot's statements: 1, 2, ... */
	struct hash previous;
	int64_t time;            /* wall seconds */
	struct id device;        /* JOIN, REVOKE */
	uint8_t device_key[32];  /* JOIN */
	struct id stream;        /* JOIN */
	struct span name;        /* JOIN: device name */
	struct stream_cut *cuts; /* REVOKE; owned by the caller */
	size_t ncuts;
	struct id target_slot;          /* SLOT_ADD, SLOT_REMOVE */
	uint8_t target_kind;            /* SLOT_ADD: enum slot_kind */
	struct public_keys target_keys; /* SLOT_ADD */
	uint64_t target_last;           /* SLOT_REMOVE: its last number and hash */
	struct hash target_last_hash;
};
struct slot;
/* statement_sign: encodes with vault and genesis bound in, signs with the opened slot, appends to `out`. */
MUST_CHECK err_t statement_sign(const struct statement *s, struct id vault, struct hash genesis,
                                const struct slot *slot, struct buf *out);
/* statement_decode: pure; fields point into `bytes`, cuts go to `cuts`. Does not verify. */
MUST_CHECK err_t statement_decode(struct span bytes, struct statement *ret, struct stream_cut cuts[CUTS_MAX]);
/* statement_verify: the signature, under the slot's Ed25519 key. */
MUST_CHECK err_t statement_verify(struct span bytes, struct id vault, struct hash genesis, const uint8_t sign_key[32]);
/* statement_hash: SHA-256 of its bytes: what the next statement of the slot and the map call it by. */
MUST_CHECK err_t statement_hash(struct span bytes, struct hash *out);
