/* SPDX-License-Identifier: MIT
 * A key-committing envelope for single objects: salt(32) commitment(32) ciphertext tag(16), where
 * encryption key || commitment = HKDF(key, salt, "cloudseal envelope" || aad): nonce 0 is safe since the key is fresh,
 * and no second key opens the same bytes (the HKDF commits).
 */
#pragma once

#include "crypto/aead.h"

#define ENVELOPE_LEN (32 + 32 + TAG_LEN) /* bytes more than the plaintext */

/* envelope_seal: appends to `out`. */
MUST_CHECK err_t envelope_seal(enum cipher c, const struct key *key, struct span aad, struct span in, struct buf *out);
/* envelope_open: appends the plaintext to `out`; ERR_WRONGKEY when the commitment does not match (wrong key, or another
 * place or purpose than the one sealed for), ERR_DAMAGED when only the body is bad. */
MUST_CHECK err_t envelope_open(enum cipher c, const struct key *key, struct span aad, struct span in, struct buf *out);
