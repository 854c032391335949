/* SPDX-License-Identifier: MIT
 * Argon2id. Parameters come out of headers that anyone may have written, so they are checked before memory is asked
 * for.
 */
#include "crypto/kdf.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"

#include <argon2.h>
#include <time.h>

#define MIB_KIB 1024u
#define LEAST_KIB (256u * MIB_KIB)
#define SMALL_KIB (1024u * MIB_KIB) /* a machine that has less takes KDF_FLOOR_KIB */
#define LANES_MAX 4u
#define TIMINGS 3
#define CALIBRATE_MAX_KIB (1024u * 1024) /* a vault is opened on smaller machines than the one that made it */

err_t kdf_check(const struct kdf_params *p)
{
	bool memory = p->memory_kib >= KDF_FLOOR_KIB && p->memory_kib <= KDF_CEILING_KIB;
	bool passes = p->passes >= KDF_PASSES_MIN && p->passes <= KDF_MAX_PASSES;
	return memory && passes && p->lanes >= 1 && p->lanes <= KDF_MAX_LANES ? ERR_OK : ERR_LIMIT;
}

err_t argon2id_raw(const struct kdf_params *p, const struct argon2id_input *in, void *out, size_t n)
{
	/* libargon2 takes non-const pointers but clears its inputs only when asked to by flags */
	argon2_context c = {
		.out = out,
		.outlen = (uint32_t)n,
		.pwd = (uint8_t *)(uintptr_t)in->pass.p,
		.pwdlen = (uint32_t)in->pass.len,
		.salt = (uint8_t *)(uintptr_t)in->salt.p,
		.saltlen = (uint32_t)in->salt.len,
		.secret = (uint8_t *)(uintptr_t)in->secret.p,
		.secretlen = (uint32_t)in->secret.len,
		.ad = (uint8_t *)(uintptr_t)in->ad.p,
		.adlen = (uint32_t)in->ad.len,
		.t_cost = p->passes,
		.m_cost = p->memory_kib,
		.lanes = p->lanes,
		.threads = p->lanes,
		.version = ARGON2_VERSION_13,
		.flags = ARGON2_DEFAULT_FLAGS,
	};
	size_t longest = MAX(MAX(in->pass.len, in->salt.len), MAX(in->secret.len, in->ad.len));
	int e = longest > UINT32_MAX ? ARGON2_PWD_TOO_LONG : argon2id_ctx(&c);
	if (e == ARGON2_OK)
		return ERR_OK;
	crypto_wipe(out, n);
	if (e == ARGON2_MEMORY_ALLOCATION_ERROR)
		return ERR_NOMEM;
	log_error(AREA_CRYPTO, "Argon2id failed: %s", argon2_error_message(e));
	return ERR_CRYPTO;
}

err_t crypto_argon2id(const struct kdf_params *p, struct span pass, struct span salt, struct key *ret)
{
	struct argon2id_input in = { .pass = pass, .salt = salt };
	err_t e = kdf_check(p);
	if (e) {
		key_wipe(ret);
		return e;
	}
	return argon2id_raw(p, &in, ret->b, sizeof(ret->b));
}

err_t kdf_estimate(const struct kdf_params *p, uint64_t *ret_ms)
{
	static const uint8_t salt[16];
	cleanup(key_wipe) struct key k;
	struct argon2id_input in = { .pass = span_str("estimate"), .salt = SPAN(salt, sizeof(salt)) };
	const struct kdf_params floor = { KDF_FLOOR_KIB, 1, p->lanes };
	long cpus = MAX(sysconf(_SC_NPROCESSORS_ONLN), 1L);
	clock_t start = clock(); /* of this process: a busy machine changes nothing */
	err_t e = argon2id_raw(&floor, &in, k.b, sizeof(k.b));
	if (e)
		return e;
	uint64_t us = (uint64_t)(clock() - start) * 1000000 / CLOCKS_PER_SEC / (uint64_t)MIN(cpus, (long)p->lanes);
	*ret_ms = us * p->passes * p->memory_kib / KDF_FLOOR_KIB / 1000;
	return ERR_OK;
}

/* lanes_of: their number is a part of what is asked for, so not more than most machines have. */
static uint32_t lanes_of(const struct kdf_machine *m)
{
	return MIN(MAX(m->cpus, 1u), LANES_MAX);
}

struct kdf_params kdf_scale(const struct kdf_machine *m, unsigned ms)
{
	uint64_t least = m->ram_kib < SMALL_KIB ? KDF_FLOOR_KIB : LEAST_KIB;
	uint64_t most = MAX(MIN(m->ram_kib / 4, (uint64_t)CALIBRATE_MAX_KIB), least);
	uint64_t want_us = (uint64_t)ms * 1000, floor_us = MAX(m->floor_us, 1u);
	/* Memory first, since it is what an attacker pays for; passes with what time is left. */
	uint64_t kib = KDF_FLOOR_KIB * want_us / (floor_us * KDF_PASSES_MIN) / MIB_KIB * MIB_KIB;
	kib = MIN(MAX(kib, least), most);
	uint64_t pass_us = floor_us * kib / KDF_FLOOR_KIB;
	uint64_t passes = MIN(MAX(want_us / MAX(pass_us, 1u), (uint64_t)KDF_PASSES_MIN), (uint64_t)KDF_MAX_PASSES);
	return (struct kdf_params){ (uint32_t)kib, (uint32_t)passes, lanes_of(m) };
}

/* time_floor: the best of some, since whatever else runs makes it slower, never faster. */
static err_t time_floor(struct kdf_machine *m)
{
	static const uint8_t salt[16];
	cleanup(key_wipe) struct key k = { 0 };
	struct argon2id_input in = { .pass = span_str("calibration"), .salt = SPAN(salt, sizeof(salt)) };
	struct kdf_params p = { KDF_FLOOR_KIB, 1, lanes_of(m) };
	m->floor_us = UINT64_MAX;
	for (int i = 0; i < TIMINGS; i++) {
		int64_t start = clock_mono();
		err_t e = argon2id_raw(&p, &in, k.b, sizeof(k.b));
		if (e)
			return e;
		m->floor_us = MIN(m->floor_us, (uint64_t)(clock_mono() - start) / 1000);
	}
	return ERR_OK;
}

err_t kdf_choose(unsigned ms, struct kdf_params *ret)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	struct kdf_machine m = { .cpus = cpus > 0 ? (unsigned)cpus : 1 };
	m.ram_kib = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page / 1024 : 0;
	err_t e = time_floor(&m);
	if (!e)
		*ret = kdf_scale(&m, ms);
	return e;
}
