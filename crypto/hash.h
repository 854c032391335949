/* SPDX-License-Identifier: MIT
 * SHA-256 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC 5869).
 */
#pragma once

#include "crypto/secret.h"
#include "util/id.h"

/* crypto_sha256: of `in` in one call. */
MUST_CHECK err_t crypto_sha256(struct span in, struct hash *out);
/* The same in parts; one thread at a time. sha256_new: NULL: out of memory. sha256_freep: wipes; NULL is fine.
 * sha256_update: further bytes of the message. sha256_final: gives the hash, and the
 * context is ready for the next message. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_freep(struct sha256 **h);
MUST_CHECK err_t sha256_update(struct sha256 *h, struct span in);
MUST_CHECK err_t sha256_final(struct sha256 *h, struct hash *out);

/* crypto_hmac: HMAC-SHA256. */
MUST_CHECK err_t crypto_hmac(struct span key, struct span in, uint8_t out[HASH_LEN]);
/* crypto_hkdf: HKDF-SHA256, `n` bytes, n <= 8160. `info` starts with a label that is unique in docs/format.md. */
MUST_CHECK err_t crypto_hkdf(struct span ikm, struct span salt, struct span info, void *out, size_t n);
/* crypto_subkey: HKDF(key, no salt, label || context): a key of its own purpose. */
MUST_CHECK err_t crypto_subkey(const struct key *key, const char *label, struct span context, struct key *ret);
