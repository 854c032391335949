/* SPDX-License-Identifier: MIT
 * Public keys: Ed25519 signatures (RFC 8032), X25519 (RFC 7748; boxes: box.h). Both pairs of a slot or device come
 * from one 32-byte seed: HKDF(seed, "cloudseal sign") and "cloudseal box".
 */
#pragma once

#include "crypto/secret.h"
#include "util/buf.h"

#define SIG_LEN 64

struct public_keys {
	uint8_t sign[32]; /* Ed25519 */
	uint8_t box[32];  /* X25519 */
};
/* keys_from_seed: both public keys. crypto_sign: Ed25519, by the seed's signing key. */
MUST_CHECK err_t keys_from_seed(const struct key *seed, struct public_keys *ret);
MUST_CHECK err_t crypto_sign(const struct key *seed, struct span msg, uint8_t sig[SIG_LEN]);
/* crypto_verify: ERR_DAMAGED unless `sig` is that key's signature of `msg`. */
MUST_CHECK err_t crypto_verify(const uint8_t sign_key[32], struct span msg, const uint8_t sig[SIG_LEN]);
/* The primitives on raw private keys, as published vectors have them (crypto_sign and the boxes derive these from a
 * seed). ed25519_public, ed25519_sign: RFC 8032. x25519: peer NULL: the base point, so `out` is the public key. */
MUST_CHECK err_t ed25519_public(const struct key *raw, uint8_t out[32]);
MUST_CHECK err_t ed25519_sign(const struct key *raw, struct span msg, uint8_t sig[SIG_LEN]);
MUST_CHECK err_t x25519(const struct key *raw, const uint8_t *peer, uint8_t out[32]);
