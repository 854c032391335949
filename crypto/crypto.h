/* SPDX-License-Identifier: MIT
 * The seam over OpenSSL and libargon2: hashes, derivation, AEAD, signatures (boxes: box.h). Nothing above includes
 * <openssl/...>. Every function checks the library's answer, wipes its intermediates on every exit, and leaves its
 * outputs zeroed on failure. ERR_CRYPTO: the library failed; ERR_DAMAGED: a tag, signature or commitment does not
 * match.
 */
#pragma once

#include "crypto/aead.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/lthash.h"
#include "crypto/namehash.h"
#include "crypto/public.h"
#include "crypto/random.h"
#include "crypto/secret.h"
