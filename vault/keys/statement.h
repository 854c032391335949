/* SPDX-License-Identifier: MIT
 * Statements: what only a human slot can say (join, revocation, slot added or removed). Self-contained, signed,
 * numbered and hash-linked per slot, kept for ever outside the fork choice. Layout: docs/format.md, "Statements".
 */
#pragma once

#include "vault/keys/slot_keys.h"

enum statement_kind { ST_JOIN = 1, ST_REVOKE = 2, ST_SLOT_ADD = 3, ST_SLOT_REMOVE = 4 };
struct stream_cut { /* REVOKE: nothing of this stream after n counts */
	uint8_t stream[ID_LEN];
	uint64_t n;
	uint8_t hash[HASH_LEN];
};
#define CUTS_MAX 256
struct statement {
	enum statement_kind kind;
	uint8_t slot[ID_LEN]; /* the signing human slot */
	uint64_t number;      /* of that slot's statements: 1, 2, ... */
	uint8_t previous[HASH_LEN];
	int64_t time;            /* wall seconds */
	uint8_t device[ID_LEN];  /* JOIN, REVOKE */
	uint8_t device_key[32];  /* JOIN */
	uint8_t stream[ID_LEN];  /* JOIN */
	struct span name;        /* JOIN: device name */
	struct stream_cut *cuts; /* REVOKE; owned by the caller */
	size_t ncuts;
	uint8_t target_slot[ID_LEN];    /* SLOT_ADD, SLOT_REMOVE */
	uint8_t target_kind;            /* SLOT_ADD: enum slot_kind */
	struct public_keys target_keys; /* SLOT_ADD */
	uint64_t target_last;           /* SLOT_REMOVE: its last number and hash */
	uint8_t target_last_hash[HASH_LEN];
};
struct slot;
/* statement_sign: encodes with vault and genesis bound in, signs with the opened slot, appends to `out`. */
MUST_CHECK err_t statement_sign(const struct statement *s, const uint8_t vault[16], const uint8_t genesis[HASH_LEN],
                                const struct slot *slot, struct buf *out);
/* statement_decode: pure; fields point into `bytes`, cuts go to `cuts`. Does not verify. */
MUST_CHECK err_t statement_decode(struct span bytes, struct statement *ret, struct stream_cut cuts[CUTS_MAX]);
/* statement_verify: the signature, under the slot's Ed25519 key. */
MUST_CHECK err_t statement_verify(struct span bytes, const uint8_t vault[16], const uint8_t genesis[HASH_LEN],
                                  const uint8_t sign_key[32]);
MUST_CHECK err_t statement_hash(struct span bytes, uint8_t out[HASH_LEN]);
