/* SPDX-License-Identifier: MIT
 * Wraps of slots, and how much work a passphrase is, beside tests/vectors/keys.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "tests/vectors.h"
#include "util/cleanup.h"
#include "vault/keys/recovery.h"
#include "vault/keys/wrap.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define same(a, b) assert_int_equal(span_cmp(a, b), 0)

static const struct kdf_params cheap = { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 };

static struct id vault(void)
{
	struct id v;
	for (uint8_t i = 0; i < ID_LEN; i++)
		v.b[i] = i;
	return v;
}

static struct key filled(unsigned n)
{
	struct key k;
	memset(k.b, (int)n, sizeof(k.b));
	return k;
}

static struct signer_mine *slot_of(enum signer_kind kind, unsigned n)
{
	struct key seed = filled(n), mix = filled(n + 100);
	struct signer_mine *m = NULL;
	ok(signer_mine_of(vault(), kind, &seed, &mix, &m));
	return m;
}

/* open_wrap: as slot 2 and with this anchor. */
static err_t open_wrap(enum cipher c, struct span wrap, struct span secret, struct signer_mine **slot,
                       struct hash *anchor)
{
	struct wrap w;
	err_t e = wrap_decode(wrap, &w);
	return e ? e : wrap_open(&(struct wrap_at){ vault(), c }, &w, secret, slot, anchor);
}

/* -- vectors ------------------------------------------------------------------------------------------------------ */

static void check_text(const struct vector *v)
{
	cleanup(secret_freep) char *key = NULL, *code = NULL;
	uint8_t got[RECOVERY_LEN];
	struct span secret = vector_get(v, "secret");
	ok(recovery_encode(secret.p, &key));
	ok(recovery_code_encode(secret.p, &code));
	same(span_str(key), vector_get(v, "key"));
	same(span_str(code), vector_get(v, "code"));
	ok(recovery_decode(key, got, NULL));
	same(SPAN(got, sizeof(got)), secret);
	ok(recovery_code_decode(code, got, NULL));
	same(SPAN(got, sizeof(got)), secret);
}

static void check_wrap(const struct vector *v)
{
	cleanup(secret_freep) struct signer_mine *slot = NULL;
	struct hash anchor;
	ok(open_wrap((enum cipher)v->value[0][0], vector_get(v, "wrap"), vector_get(v, "secret"), &slot, &anchor));
	same(id_span(&slot->id), vector_get(v, "id"));
	same(hash_span(&anchor), vector_get(v, "anchor"));
}

static void test_vectors(void **state)
{
	(void)state;
	struct vector v;
	unsigned texts = 0, wraps = 0;
	for (FILE *f = vectors_open("keys.txt"); vectors_next(f, &v);) {
		bool text = !strcmp(v.name[1], "key"), wrap = !strcmp(v.name[1], "secret");
		if (text)
			check_text(&v);
		if (wrap)
			check_wrap(&v);
		texts += text;
		wraps += wrap;
	}
	assert_int_equal(texts, 3);
	assert_int_equal(wraps, 3);
}

/* -- wraps -------------------------------------------------------------------------------------------------------- */

static const struct wrap_secret secret = { { "sixteen bytes...", 16 }, { 0 } };

static void seal(struct buf *out, struct hash anchor)
{
	cleanup(secret_freep) struct signer_mine *m = slot_of(SIGNER_RECOVERY, 2);
	ok(wrap_seal(CIPHER_AES256GCM, m, &secret, anchor, out));
	assert_int_equal(out->len, SIGNER_WRAP);
	assert_true(signer_wrap_ok(buf_span(out), m->id));
}

static void test_opens_what_was_sealed(void **state)
{
	(void)state;
	const struct wrap_secret pass = { span_str("a passphrase"), cheap };
	for (enum signer_kind kind = SIGNER_RECOVERY; kind <= SIGNER_PASSPHRASE; kind++) {
		cleanup(secret_freep) struct signer_mine *m = slot_of(kind, 2), *got = NULL;
		cleanup(buf_free) struct buf wrap = BUF_INIT;
		struct hash anchor = { { 5 } }, found;
		const struct wrap_secret *s = kind == SIGNER_RECOVERY ? &secret : &pass;
		ok(wrap_seal(CIPHER_CHACHA20POLY1305, m, s, anchor, &wrap));
		ok(open_wrap(CIPHER_CHACHA20POLY1305, buf_span(&wrap), s->bytes, &got, &found));
		assert_memory_equal(m, got, sizeof(*m));
		assert_true(hash_eq(found, anchor));
	}
}

static void test_another_secret_place_or_cipher_opens_nothing(void **state)
{
	(void)state;
	cleanup(secret_freep) struct signer_mine *got = NULL;
	cleanup(buf_free) struct buf wrap = BUF_INIT;
	struct hash anchor;
	struct wrap w;
	seal(&wrap, HASH_ZERO);
	assert_int_equal(open_wrap(CIPHER_AES256GCM, buf_span(&wrap), span_str("sixteen bytes.,."), &got, &anchor),
	                 ERR_WRONGKEY);
	ok(wrap_decode(buf_span(&wrap), &w));
	struct wrap_at elsewhere = { ID_ZERO, CIPHER_AES256GCM };
	assert_int_equal(wrap_open(&elsewhere, &w, secret.bytes, &got, &anchor), ERR_WRONGKEY);
	assert_int_equal(open_wrap(CIPHER_CHACHA20POLY1305, buf_span(&wrap), secret.bytes, &got, &anchor), ERR_DAMAGED);
	assert_null(got);
	ok(open_wrap(CIPHER_AES256GCM, buf_span(&wrap), secret.bytes, &got, &anchor));
}

/* Each bit of it is bound; what is not its form is refused as it is. */
static void test_damage_is_refused(void **state)
{
	(void)state;
	cleanup(secret_freep) struct signer_mine *got = NULL;
	cleanup(buf_free) struct buf wrap = BUF_INIT;
	struct hash anchor;
	struct wrap w;
	seal(&wrap, HASH_ZERO);
	for (size_t n = 0; n < wrap.len; n++)
		assert_int_equal(wrap_decode(SPAN(wrap.p, n), &w), ERR_DAMAGED);
	for (size_t i = 0; i < wrap.len; i++) {
		wrap.p[i] ^= 0x20;
		err_t e = open_wrap(CIPHER_AES256GCM, buf_span(&wrap), secret.bytes, &got, &anchor);
		assert_true(e == ERR_DAMAGED || e == ERR_WRONGKEY);
		wrap.p[i] ^= 0x20;
	}
	buf_u8(&wrap, 0);
	assert_int_equal(wrap_decode(buf_span(&wrap), &w), ERR_DAMAGED);
}

/* Who has the secret and seals another slot's seed under this slot's id is found out. */
static void test_a_seed_of_another_slot_is_refused(void **state)
{
	(void)state;
	cleanup(secret_freep) struct signer_mine *m = slot_of(SIGNER_RECOVERY, 2), *got = NULL;
	cleanup(buf_free) struct buf wrap = BUF_INIT;
	struct hash anchor;
	m->id.b[0] ^= 1;
	ok(wrap_seal(CIPHER_AES256GCM, m, &secret, HASH_ZERO, &wrap));
	assert_int_equal(open_wrap(CIPHER_AES256GCM, buf_span(&wrap), secret.bytes, &got, &anchor), ERR_DAMAGED);
	assert_null(got);
}

static void test_parameters_out_of_bounds_are_refused(void **state)
{
	(void)state;
	static const struct kdf_params bad[] = {
		{ KDF_FLOOR_KIB - 1, 3, 1 },
		{ KDF_CEILING_KIB + 1, 3, 1 },
		{ UINT32_MAX, 3, 1 },
		{ KDF_FLOOR_KIB, KDF_PASSES_MIN - 1, 1 },
		{ KDF_FLOOR_KIB, KDF_MAX_PASSES + 1, 1 },
		{ KDF_FLOOR_KIB, 3, 0 },
		{ KDF_FLOOR_KIB, 3, KDF_MAX_LANES + 1 },
		{ 0 },
	};
	cleanup(secret_freep) struct signer_mine *m = slot_of(SIGNER_PASSPHRASE, 2), *got = NULL;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		cleanup(buf_free) struct buf wrap = BUF_INIT;
		uint8_t wrapped[176] = { 0 };
		struct wrap_secret s = { span_str("x"), bad[i] };
		struct wrap w = { m->id, SIGNER_PASSPHRASE, bad[i], { 0 }, SPAN(wrapped, sizeof(wrapped)) };
		struct hash anchor;
		assert_int_equal(wrap_seal(CIPHER_AES256GCM, m, &s, HASH_ZERO, &wrap), ERR_LIMIT);
		assert_int_equal(wrap_open(&(struct wrap_at){ vault(), CIPHER_AES256GCM }, &w, s.bytes, &got, &anchor),
		                 ERR_LIMIT);
	}
	ok(kdf_check(&cheap));
}

/* A recovery key has none; a device has no wrap. */
static void test_kinds(void **state)
{
	(void)state;
	cleanup(secret_freep) struct signer_mine *m = slot_of(SIGNER_RECOVERY, 2), *d = slot_of(SIGNER_DEVICE, 2);
	cleanup(buf_free) struct buf wrap = BUF_INIT;
	struct wrap_secret work = { secret.bytes, cheap };
	struct wrap w;
	assert_int_equal(wrap_seal(CIPHER_AES256GCM, m, &work, HASH_ZERO, &wrap), ERR_INVAL);
	assert_int_equal(wrap_seal(CIPHER_AES256GCM, d, &work, HASH_ZERO, &wrap), ERR_INVAL);
	assert_int_equal(wrap_seal(CIPHER_AES256GCM, d, &secret, HASH_ZERO, &wrap), ERR_INVAL);
	assert_int_equal(wrap.len, 0);
	seal(&wrap, HASH_ZERO);
	wrap.p[ID_LEN + 1] = 1; /* of its memory */
	assert_int_equal(wrap_decode(buf_span(&wrap), &w), ERR_DAMAGED);
	wrap.p[ID_LEN] = SIGNER_PASSPHRASE;
	ok(wrap_decode(buf_span(&wrap), &w));
	wrap.p[ID_LEN] = SIGNER_DEVICE;
	assert_int_equal(wrap_decode(buf_span(&wrap), &w), ERR_DAMAGED);
}

/* -- how much work ------------------------------------------------------------------------------------------------ */

#define GIB_KIB ((uint64_t)1 << 20)

static void test_no_timing_goes_under_the_least(void **state)
{
	(void)state;
	static const uint64_t timings[] = { 0, 1, 20000, 100000, 100000000, UINT64_MAX / 4 };
	for (size_t i = 0; i < ARRAY_LEN(timings); i++)
		for (unsigned cpus = 0; cpus < 70; cpus += 3) {
			struct kdf_machine m = { GIB_KIB, cpus, timings[i] };
			struct kdf_params p = kdf_scale(&m, 1000);
			ok(kdf_check(&p));
			assert_true(p.memory_kib >= 256 * 1024 && p.passes >= 3 && p.lanes >= 1 && p.lanes <= 4);
			m.ram_kib = GIB_KIB - 1;
			p = kdf_scale(&m, 1000);
			ok(kdf_check(&p));
			assert_true(p.memory_kib >= 64 * 1024 && p.memory_kib <= 256 * 1024 && p.passes >= 3);
		}
}

/* As long as is asked for: memory first, then passes; never over a quarter of it, nor over 1 GiB. */
static void test_a_fast_machine_works_more(void **state)
{
	(void)state;
	const struct {
		struct kdf_machine m;
		unsigned ms;
		struct kdf_params want;
	} all[] = {
		{ { 16 * GIB_KIB, 2, 40000 }, 1000, { 545792, 3, 2 } },
		{ { 16 * GIB_KIB, 8, 10000 }, 1000, { 1024 * 1024, 6, 4 } },
		{ { 2 * GIB_KIB, 1, 10000 }, 1000, { 512 * 1024, 12, 1 } },
		{ { 16 * GIB_KIB, 4, 40000 }, 0, { 256 * 1024, 3, 4 } },
		{ { 16 * GIB_KIB, 4, 1 }, UINT32_MAX, { 1024 * 1024, 64, 4 } },
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct kdf_params p = kdf_scale(&all[i].m, all[i].ms);
		assert_int_equal(p.memory_kib, all[i].want.memory_kib);
		assert_int_equal(p.passes, all[i].want.passes);
		assert_int_equal(p.lanes, all[i].want.lanes);
	}
}

static void test_this_machine(void **state)
{
	(void)state;
	struct kdf_params p;
	ok(kdf_choose(0, &p));
	ok(kdf_check(&p));
	assert_true(p.memory_kib == 64 * 1024 || p.memory_kib == 256 * 1024);
	assert_int_equal(p.passes, 3);
}

static atomic_bool busy;

static void *work(void *unused)
{
	(void)unused;
	while (atomic_load_explicit(&busy, memory_order_relaxed)) {
	}
	return NULL;
}

/* What is asked for is a second; with four others on each processor a second is not much, and the least is all the same
 * the least. */
static void test_a_busy_machine_works_no_less(void **state)
{
	(void)state;
	pthread_t others[64];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	size_t n = MIN(4 * (size_t)MAX(cpus, 1L), ARRAY_LEN(others));
	uint32_t least = pages / 1024 * page < (long)GIB_KIB ? 64 * 1024 : 256 * 1024;
	atomic_store(&busy, true);
	for (size_t i = 0; i < n; i++)
		ok(pthread_create(&others[i], NULL, work, NULL) ? ERR_NOMEM : ERR_OK);
	for (int i = 0; i < 10; i++) {
		struct kdf_params p;
		ok(kdf_choose(1000, &p));
		if (p.memory_kib < least || p.passes < 3 || p.lanes < 1)
			fail_msg("%u KiB, %u passes, %u lanes", p.memory_kib, p.passes, p.lanes);
	}
	atomic_store(&busy, false);
	for (size_t i = 0; i < n; i++)
		pthread_join(others[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_opens_what_was_sealed),
		cmocka_unit_test(test_another_secret_place_or_cipher_opens_nothing),
		cmocka_unit_test(test_damage_is_refused),
		cmocka_unit_test(test_a_seed_of_another_slot_is_refused),
		cmocka_unit_test(test_parameters_out_of_bounds_are_refused),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_no_timing_goes_under_the_least),
		cmocka_unit_test(test_a_fast_machine_works_more),
		cmocka_unit_test(test_this_machine),
		cmocka_unit_test(test_a_busy_machine_works_no_less),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
