/* SPDX-License-Identifier: MIT
 * Shared by the files of crypto/, and by its tests, which need the primitives in the form that published vectors have.
 */
#pragma once

#include "crypto/crypto.h"

/* crypto_failed: logs what failed with the library's own words, empties its error queue; returns ERR_CRYPTO. */
err_t crypto_failed(const char *what);

/* ed25519_sign / x25519: on raw private keys (crypto_sign and the boxes derive these from a seed). peer NULL: the base
 * point, so `out` is the public key. */
MUST_CHECK err_t ed25519_public(const struct key *raw, uint8_t out[32]);
MUST_CHECK err_t ed25519_sign(const struct key *raw, struct span msg, uint8_t sig[SIG_LEN]);
MUST_CHECK err_t x25519(const struct key *raw, const uint8_t *peer, uint8_t out[32]);

/* argon2id_raw: no floor or ceiling; `secret` and `ad` as in RFC 9106. */
MUST_CHECK err_t argon2id_raw(const struct kdf_params *p, struct span pass, struct span salt, struct span secret,
                              struct span ad, void *out, size_t n);
