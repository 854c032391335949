/* SPDX-License-Identifier: MIT
 * Secret memory, derivation limits, the multiset hash.
 */
#include "crypto/crypto.h"
#include "tests/sanitized.h"
#include "util/cleanup.h"
#include "util/hex.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <cmocka.h>

/* --- secret memory --- */
static void gives_zeroed_memory_of_any_size(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, 32, 4095, 4096, 4097, 100000 };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint8_t *p = secret_alloc(sizes[i]);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		assert_int_equal(secret_size(p), sizes[i]);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(p[j], 0);
		memset(p, 0xaa, sizes[i]);
		secret_free(p);
	}
	secret_free(NULL);
	assert_null(secret_alloc(SIZE_MAX));
	assert_null(secret_alloc(SIZE_MAX / 2));
}

/* The kernel's own words on the mapping: dd = no core dump, dc = not copied by fork, lo = locked. */
static void is_locked_and_neither_dumped_nor_inherited(void **state)
{
	(void)state;
	cleanup(secret_freep) uint8_t *p = secret_alloc(32);
	char line[512], flags[512] = "";
	bool inside = false;
	cleanup_file FILE *f = fopen("/proc/self/smaps", "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long from, to;
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		else if (inside && !strncmp(line, "VmFlags:", 8))
			strcpy(flags, line);
	}
	assert_non_null(strstr(flags, " dd"));
	assert_non_null(strstr(flags, " dc"));
	struct rlimit lim;
	/* AddressSanitizer makes mlock do nothing */
	if (!SANITIZED && !getrlimit(RLIMIT_MEMLOCK, &lim) && lim.rlim_cur >= 1 << 20)
		assert_non_null(strstr(flags, " lo"));
}

static int child_that_touches(volatile const uint8_t *p)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
		struct rlimit none = { 0, 0 };
		setrlimit(RLIMIT_CORE, &none);
		(void)*p;
		_exit(0);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

static void a_child_or_an_overrun_dies_instead_of_reading(void **state)
{
	(void)state;
	cleanup(secret_freep) uint8_t *p = secret_alloc(32);
	p[0] = 1;
	assert_true(WIFSIGNALED(child_that_touches(p)));
	assert_true(WIFSIGNALED(child_that_touches(p + 4096)));
	assert_true(WIFSIGNALED(child_that_touches(p - 4096)));
}

static void equal_and_wipe_do_what_they_say(void **state)
{
	(void)state;
	struct key a = { { 1 } }, b = a;
	assert_true(crypto_equal(&a, &b, sizeof(a)));
	b.b[31] = 1;
	assert_false(crypto_equal(&a, &b, sizeof(a)));
	assert_true(crypto_equal(NULL, NULL, 0));
	key_wipe(&a);
	static const struct key zero;
	assert_memory_equal(&a, &zero, sizeof(a));
}

static void random_fills_all_of_it(void **state)
{
	(void)state;
	uint8_t seen[1000] = { 0 }, b[1000];
	for (int i = 0; i < 8; i++) {
		assert_int_equal(crypto_random(b, sizeof(b)), ERR_OK);
		for (size_t j = 0; j < sizeof(b); j++)
			seen[j] |= b[j];
	}
	for (size_t j = 0; j < sizeof(b); j++)
		assert_int_not_equal(seen[j], 0);
}

/* --- derivation --- */
static void hkdf_and_subkeys_keep_their_limits(void **state)
{
	(void)state;
	static uint8_t out[8161], long_context[300];
	struct key k = { { 1 } }, a, b;
	struct span none = { NULL, 0 }, ikm = SPAN(k.b, 32);
	assert_int_equal(crypto_hkdf(ikm, none, none, out, 8160), ERR_OK);
	assert_int_not_equal(out[8159] | out[8158] | out[8157] | out[8156], 0);
	assert_int_equal(crypto_hkdf(ikm, none, none, out, 8161), ERR_INVAL);
	assert_int_equal(out[0], 0);
	assert_int_equal(crypto_subkey(&k, "one", none, &a), ERR_OK);
	assert_int_equal(crypto_subkey(&k, "two", none, &b), ERR_OK);
	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_int_equal(crypto_subkey(&k, "one", span_str("x"), &b), ERR_OK);
	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_int_equal(crypto_hkdf(ikm, none, span_str("onex"), out, 32), ERR_OK);
	assert_memory_equal(&b, out, 32);
	assert_int_equal(crypto_subkey(&k, "one", SPAN(long_context, 300), &b), ERR_INVAL);
}

static void argon2id_refuses_what_is_out_of_bounds(void **state)
{
	(void)state;
	static const uint8_t salt[16];
	struct key k = { { 1 } };
	struct kdf_params p = { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 };
	assert_int_equal(kdf_check(&p), ERR_OK);
	p.passes--;
	assert_int_equal(kdf_check(&p), ERR_LIMIT);
	p.memory_kib = KDF_CEILING_KIB;
	p.passes = KDF_MAX_PASSES;
	p.lanes = KDF_MAX_LANES;
	assert_int_equal(kdf_check(&p), ERR_OK);
	p.memory_kib = UINT32_MAX; /* 4 TiB: refused at once, not tried */
	assert_int_equal(crypto_argon2id(&p, span_str("x"), SPAN(salt, 16), &k), ERR_LIMIT);
	assert_int_equal(k.b[0], 0);
	p = (struct kdf_params){ KDF_FLOOR_KIB - 1, KDF_PASSES_MIN, 1 };
	assert_int_equal(crypto_argon2id(&p, span_str("x"), SPAN(salt, 16), &k), ERR_LIMIT);
}

/* --- multiset hash --- */
static void order_is_irrelevant_and_removal_undoes(void **state)
{
	(void)state;
	struct lthash a = { 0 }, b = { 0 }, zero = { 0 };
	static const char *const name[] = { "one", "two", "three" };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(lthash_add(&a, span_str(name[i]), span_str("v")), ERR_OK);
		assert_int_equal(lthash_add(&b, span_str(name[2 - i]), span_str("v")), ERR_OK);
	}
	assert_memory_equal(&a, &b, sizeof(a));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(lthash_remove(&a, span_str(name[(i + 1) % 3]), span_str("v")), ERR_OK);
	assert_memory_equal(&a, &zero, sizeof(a));
}

static void where_key_and_value_part_and_how_often_matters(void **state)
{
	(void)state;
	struct lthash a = { 0 }, b = { 0 }, twice = { 0 };
	struct hash da, db;
	assert_int_equal(lthash_add(&a, span_str("ab"), span_str("c")), ERR_OK);
	assert_int_equal(lthash_add(&b, span_str("a"), span_str("bc")), ERR_OK);
	assert_int_equal(lthash_digest(&a, &da), ERR_OK);
	assert_int_equal(lthash_digest(&b, &db), ERR_OK);
	assert_false(hash_eq(da, db));
	twice = a;
	assert_int_equal(lthash_add(&twice, span_str("ab"), span_str("c")), ERR_OK);
	assert_int_equal(lthash_digest(&twice, &db), ERR_OK);
	assert_false(hash_eq(da, db));
}

/* The digest is part of the format: AES-256-CTR under SHA-256(02000000 "ab" "c"), summed, hashed. */
static void the_digest_of_one_element_is_fixed(void **state)
{
	(void)state;
	struct lthash a = { 0 };
	struct hash d, want;
	assert_int_equal(lthash_add(&a, span_str("ab"), span_str("c")), ERR_OK);
	assert_int_equal(lthash_digest(&a, &d), ERR_OK);
	assert_true(hex_decode("a8830a1f48a6c65149511afd1c3c38424bb8308fef7bd15d9fe6631faa602088", want.b, HASH_LEN));
	assert_true(hash_eq(d, want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_memory_of_any_size),
		cmocka_unit_test(is_locked_and_neither_dumped_nor_inherited),
		cmocka_unit_test(a_child_or_an_overrun_dies_instead_of_reading),
		cmocka_unit_test(equal_and_wipe_do_what_they_say),
		cmocka_unit_test(random_fills_all_of_it),
		cmocka_unit_test(hkdf_and_subkeys_keep_their_limits),
		cmocka_unit_test(argon2id_refuses_what_is_out_of_bounds),
		cmocka_unit_test(order_is_irrelevant_and_removal_undoes),
		cmocka_unit_test(where_key_and_value_part_and_how_often_matters),
		cmocka_unit_test(the_digest_of_one_element_is_fixed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
