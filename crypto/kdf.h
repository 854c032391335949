/* SPDX-License-Identifier: MIT
 * Keys out of passphrases: Argon2id version 1.3 (RFC 9106). Parameters come out of headers that anyone may have
 * written, so there is a floor and a ceiling.
 */
#pragma once

#include "crypto/secret.h"
#include "util/buf.h"

struct kdf_params {
	uint32_t memory_kib, passes, lanes;
};
#define KDF_FLOOR_KIB (64u * 1024)
#define KDF_CEILING_KIB (4u * 1024 * 1024)
#define KDF_MAX_PASSES 64u
#define KDF_MAX_LANES 16u

/* kdf_check: ERR_LIMIT unless within floor and ceiling. */
MUST_CHECK err_t kdf_check(const struct kdf_params *p);
/* crypto_argon2id: takes as long and as much memory as `p` says. ERR_LIMIT (before anything is allocated), ERR_NOMEM.
 */
MUST_CHECK err_t crypto_argon2id(const struct kdf_params *p, struct span pass, struct span salt, struct key *ret);
/* kdf_calibrate: parameters that take about `ms` milliseconds here (never under the floor, at most a quarter of RAM).
 */
MUST_CHECK err_t kdf_calibrate(unsigned ms, struct kdf_params *ret);

/* argon2id_raw: no floor or ceiling, and with the inputs that published vectors have. */
struct argon2id_input {
	struct span pass, salt, secret, ad; /* as RFC 9106 names them */
};
MUST_CHECK err_t argon2id_raw(const struct kdf_params *p, const struct argon2id_input *in, void *out, size_t n);
