/* SPDX-License-Identifier: MIT
 * A key-committing envelope for single objects: salt(32) commitment(32) ciphertext tag(16), where
 * encryption key || commitment = HKDF(key, salt, "cloudseal envelope" || aad): nonce 0 is safe since the key is fresh,
 * and no second key opens the same bytes (the HKDF commits).
 */
#pragma once

#include "crypto/aead.h"

#define ENVELOPE_SALT 32
#define ENVELOPE_LEN (ENVELOPE_SALT + 32 + TAG_LEN) /* bytes more than the plaintext */

/* envelope_seal: appends to `out`. */
MUST_CHECK err_t envelope_seal(enum cipher c, const struct key *key, struct span aad, struct span in, struct buf *out);
/* envelope_seal_salted: with a salt that is derived, so that who knows it can make the same envelope again: of a key
 * that seals nothing else under it. */
struct envelope_by {
	const struct key *key;
	const uint8_t *salt; /* ENVELOPE_SALT bytes */
};
MUST_CHECK err_t envelope_seal_salted(enum cipher c, const struct envelope_by *by, struct span aad, struct span in,
                                      struct buf *out);
/* envelope_open: appends the plaintext to `out`; ERR_WRONGKEY when the commitment does not match (wrong key, or another
 * place or purpose than the one sealed for), ERR_DAMAGED when only the body is bad. */
MUST_CHECK err_t envelope_open(enum cipher c, const struct key *key, struct span aad, struct span in, struct buf *out);
