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
#define KDF_PASSES_MIN 3u
#define KDF_MAX_PASSES 64u
#define KDF_MAX_LANES 16u

/* kdf_check: ERR_LIMIT unless within floor and ceiling. */
MUST_CHECK err_t kdf_check(const struct kdf_params *p);
/* crypto_argon2id: takes as long and as much memory as `p` says. ERR_LIMIT (before anything is allocated), ERR_NOMEM.
 */
MUST_CHECK err_t crypto_argon2id(const struct kdf_params *p, struct span pass, struct span salt, struct key *ret);
/* kdf_estimate: how many ms of work a derivation is on this machine when nothing else goes on: by one at the floor. */
MUST_CHECK err_t kdf_estimate(const struct kdf_params *p, uint64_t *ret_ms);
/* What a machine is, as far as Argon2id goes. */
struct kdf_machine {
	uint64_t ram_kib;
	unsigned cpus;
	uint64_t floor_us; /* what one pass over KDF_FLOOR_KIB takes, with a lane for each of four processors at most */
};
/* kdf_scale: parameters that take about `ms` milliseconds on it. However slow it is, 256 MiB and 3 passes
 * at least, where it has less than 1 GiB 64 MiB; at most 1 GiB and a quarter of its memory. Pure. */
struct kdf_params kdf_scale(const struct kdf_machine *m, unsigned ms);
/* kdf_choose: the same by this machine, the best of three timings. */
MUST_CHECK err_t kdf_choose(unsigned ms, struct kdf_params *ret);

/* argon2id_raw: no floor or ceiling, and with the inputs that published vectors have. */
struct argon2id_input {
	struct span pass, salt, secret, ad; /* as RFC 9106 names them */
};
MUST_CHECK err_t argon2id_raw(const struct kdf_params *p, const struct argon2id_input *in, void *out, size_t n);
