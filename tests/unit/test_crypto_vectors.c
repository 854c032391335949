/* SPDX-License-Identifier: MIT
 * Known answers: every primitive against published vectors (tests/vectors/).
 */
#include "crypto/crypto.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "tests/vectors.h"

static void assert_span(struct span want, const void *got)
{
	if (want.len)
		assert_memory_equal(got, want.p, want.len);
}

static struct key key_of(struct span s)
{
	struct key k;
	assert_int_equal(s.len, sizeof(k.b));
	memcpy(k.b, s.p, s.len);
	return k;
}

static void sha256_answers_fips_180(void **state)
{
	(void)state;
	struct vector v;
	struct hash out;
	struct sha256 *h = sha256_new();
	for (FILE *f = vectors_open("sha256.txt"); vectors_next(f, &v);) {
		struct span msg = vector_get(&v, "msg");
		assert_int_equal(crypto_sha256(msg, &out), ERR_OK);
		assert_span(vector_get(&v, "out"), out.b);
		for (size_t i = 0; i < msg.len; i++)
			assert_int_equal(sha256_update(h, SPAN((const uint8_t *)msg.p + i, 1)), ERR_OK);
		assert_int_equal(sha256_final(h, &out), ERR_OK);
		assert_span(vector_get(&v, "out"), out.b);
	}
	sha256_freep(&h);
	assert_null(h);
}

static void hmac_answers_rfc_4231(void **state)
{
	(void)state;
	struct vector v;
	struct hash out;
	for (FILE *f = vectors_open("hmac.txt"); vectors_next(f, &v);) {
		assert_int_equal(crypto_hmac(vector_get(&v, "key"), vector_get(&v, "msg"), out.b), ERR_OK);
		assert_span(vector_get(&v, "out"), out.b);
	}
}

static void hkdf_answers_rfc_5869(void **state)
{
	(void)state;
	struct vector v;
	uint8_t out[128];
	for (FILE *f = vectors_open("hkdf.txt"); vectors_next(f, &v);) {
		struct span want = vector_get(&v, "out");
		assert_int_equal(crypto_hkdf(vector_get(&v, "ikm"), vector_get(&v, "salt"), vector_get(&v, "info"), out,
		                             want.len),
		                 ERR_OK);
		assert_span(want, out);
	}
}

static void siphash_answers_its_authors(void **state)
{
	(void)state;
	struct vector v;
	for (FILE *f = vectors_open("siphash.txt"); vectors_next(f, &v);) {
		uint64_t got, want = 0;
		struct span out = vector_get(&v, "out");
		for (size_t i = 0; i < 8; i++)
			want |= (uint64_t)((const uint8_t *)out.p)[i] << (8 * i);
		struct namehash *h = namehash_new(vector_get(&v, "key").p);
		assert_non_null(h);
		for (int twice = 0; twice < 2; twice++) {
			assert_int_equal(namehash_of(h, vector_get(&v, "msg"), &got), ERR_OK);
			assert_true(got == want);
		}
		namehash_freep(&h);
	}
}

static void argon2id_answers_rfc_9106(void **state)
{
	(void)state;
	struct vector v;
	uint8_t out[32];
	struct kdf_params p = { 32, 3, 4 };
	for (FILE *f = vectors_open("argon2id.txt"); vectors_next(f, &v);) {
		struct argon2id_input in = { .pass = vector_get(&v, "pass"),
			                     .salt = vector_get(&v, "salt"),
			                     .secret = vector_get(&v, "secret"),
			                     .ad = vector_get(&v, "ad") };
		assert_int_equal(argon2id_raw(&p, &in, out, sizeof(out)), ERR_OK);
		assert_span(vector_get(&v, "out"), out);
	}
}

static void check_aead(enum cipher c, const char *file)
{
	struct vector v;
	static const struct key other = { { 1 } };
	struct aead *a = aead_new(c, &other); /* re-keyed and reused for every case */
	assert_non_null(a);
	for (FILE *f = vectors_open(file); vectors_next(f, &v);) {
		struct key k = key_of(vector_get(&v, "key"));
		struct span msg = vector_get(&v, "msg"), sealed = vector_get(&v, "out"), aad = vector_get(&v, "aad");
		const uint8_t *nonce = vector_get(&v, "nonce").p;
		uint8_t out[256], tag[TAG_LEN];
		assert_int_equal(aead_rekey(a, &k), ERR_OK);
		assert_int_equal(aead_seal(a, nonce, aad, msg, out, tag), ERR_OK);
		assert_span(sealed, out);
		assert_span(vector_get(&v, "tag"), tag);
		assert_int_equal(aead_open(a, nonce, aad, sealed, tag, out), ERR_OK);
		assert_span(msg, out);
	}
	aead_freep(&a);
}

static void aes_gcm_answers_nist(void **state)
{
	(void)state;
	check_aead(CIPHER_AES256GCM, "aes256gcm.txt");
}

static void chacha20_poly1305_answers_rfc_8439(void **state)
{
	(void)state;
	check_aead(CIPHER_CHACHA20POLY1305, "chacha20poly1305.txt");
}

static void ed25519_answers_rfc_8032(void **state)
{
	(void)state;
	struct vector v;
	uint8_t out[32], sig[SIG_LEN];
	for (FILE *f = vectors_open("ed25519.txt"); vectors_next(f, &v);) {
		struct key k = key_of(vector_get(&v, "key"));
		struct span msg = vector_get(&v, "msg"), want = vector_get(&v, "sig");
		assert_int_equal(ed25519_public(&k, out), ERR_OK);
		assert_span(vector_get(&v, "public"), out);
		assert_int_equal(ed25519_sign(&k, msg, sig), ERR_OK);
		assert_span(want, sig);
		assert_int_equal(crypto_verify(out, msg, sig), ERR_OK);
		sig[3] ^= 1;
		assert_int_equal(crypto_verify(out, msg, sig), ERR_DAMAGED);
	}
}

static void x25519_answers_rfc_7748(void **state)
{
	(void)state;
	struct vector v;
	uint8_t out[32];
	for (FILE *f = vectors_open("x25519.txt"); vectors_next(f, &v);) {
		struct key k = key_of(vector_get(&v, "scalar"));
		assert_int_equal(x25519(&k, vector_get(&v, "u").p, out), ERR_OK);
		assert_span(vector_get(&v, "out"), out);
	}
}

/* The iteration of section 5.2: k, u = X25519(k, u), k, a thousand times. */
static void x25519_iterates_as_in_rfc_7748(void **state)
{
	(void)state;
	struct key k = { { 9 } }, u = k, next;
	uint8_t want[32];
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(x25519(&k, u.b, next.b), ERR_OK);
		u = k;
		k = next;
	}
	assert_true(hex_decode("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", want, 32));
	assert_memory_equal(k.b, want, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_answers_fips_180),
		cmocka_unit_test(hmac_answers_rfc_4231),
		cmocka_unit_test(hkdf_answers_rfc_5869),
		cmocka_unit_test(siphash_answers_its_authors),
		cmocka_unit_test(argon2id_answers_rfc_9106),
		cmocka_unit_test(aes_gcm_answers_nist),
		cmocka_unit_test(chacha20_poly1305_answers_rfc_8439),
		cmocka_unit_test(ed25519_answers_rfc_8032),
		cmocka_unit_test(x25519_answers_rfc_7748),
		cmocka_unit_test(x25519_iterates_as_in_rfc_7748),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
