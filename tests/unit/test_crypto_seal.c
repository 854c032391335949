/* SPDX-License-Identifier: MIT
 * Behaviour of AEAD, envelope, box and seeds beyond the known answers: nothing that was changed opens.
 */
#include "crypto/box.h"
#include "crypto/cipher.h"
#include "crypto/crypto.h"
#include "util/cleanup.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const struct key key = { { 1, 2, 3 } }, other = { { 1, 2, 4 } };
static const enum cipher ciphers[] = { CIPHER_AES256GCM, CIPHER_CHACHA20POLY1305 };
static const uint8_t nonce[NONCE_LEN] = { 7 };

static void aead_refuses_any_change_and_leaves_nothing_behind(void **state)
{
	(void)state;
	for (size_t c = 0; c < 2; c++) {
		struct aead *a = aead_new(ciphers[c], &key);
		uint8_t sealed[40], tag[TAG_LEN], out[40], zero[40] = { 0 }, text[40], aad[5] = "here";
		memset(text, 9, sizeof(text));
		assert_int_equal(aead_seal(a, nonce, SPAN(aad, 5), SPAN(text, 40), sealed, tag), ERR_OK);
		for (size_t i = 0; i < 40; i++) {
			sealed[i] ^= 1;
			memset(out, 1, sizeof(out));
			assert_int_equal(aead_open(a, nonce, SPAN(aad, 5), SPAN(sealed, 40), tag, out), ERR_DAMAGED);
			assert_memory_equal(out, zero, sizeof(out));
			sealed[i] ^= 1;
		}
		for (size_t i = 0; i < TAG_LEN; i++) {
			tag[i] ^= 128;
			assert_int_equal(aead_open(a, nonce, SPAN(aad, 5), SPAN(sealed, 40), tag, out), ERR_DAMAGED);
			tag[i] ^= 128;
		}
		uint8_t nonce2[NONCE_LEN] = { 8 };
		assert_int_equal(aead_open(a, nonce2, SPAN(aad, 5), SPAN(sealed, 40), tag, out), ERR_DAMAGED);
		assert_int_equal(aead_open(a, nonce, SPAN(aad, 4), SPAN(sealed, 40), tag, out), ERR_DAMAGED);
		assert_int_equal(aead_open(a, nonce, SPAN(aad, 5), SPAN(sealed, 39), tag, out), ERR_DAMAGED);
		assert_int_equal(aead_rekey(a, &other), ERR_OK);
		assert_int_equal(aead_open(a, nonce, SPAN(aad, 5), SPAN(sealed, 40), tag, out), ERR_DAMAGED);
		assert_int_equal(aead_rekey(a, &key), ERR_OK);
		assert_int_equal(aead_open(a, nonce, SPAN(aad, 5), SPAN(sealed, 40), tag, sealed), ERR_OK);
		assert_memory_equal(sealed, text, sizeof(text)); /* in place */
		aead_freep(&a);
		assert_null(a);
	}
	assert_null(aead_new(3, &key));
	assert_true(cipher_known(cipher_best()));
	assert_false(cipher_known(0));
}

static void aead_contexts_change_direction_without_leaving_traces(void **state)
{
	(void)state;
	for (size_t c = 0; c < 2; c++) {
		struct aead *a = aead_new(ciphers[c], &key), *fresh = aead_new(ciphers[c], &key);
		uint8_t x[33] = { 1 }, y[33] = { 1 }, tx[TAG_LEN], ty[TAG_LEN], out[33];
		assert_int_equal(aead_seal(a, nonce, SPAN(NULL, 0), SPAN(NULL, 0), NULL, tx), ERR_OK);
		assert_int_equal(aead_open(a, nonce, SPAN(NULL, 0), SPAN(NULL, 0), tx, NULL), ERR_OK);
		assert_int_equal(aead_open(a, nonce, SPAN(NULL, 0), SPAN(x, 33), tx, out), ERR_DAMAGED);
		assert_int_equal(aead_seal(a, nonce, SPAN(NULL, 0), SPAN(x, 33), x, tx), ERR_OK);
		assert_int_equal(aead_seal(fresh, nonce, SPAN(NULL, 0), SPAN(y, 33), y, ty), ERR_OK);
		assert_memory_equal(x, y, sizeof(x));
		assert_memory_equal(tx, ty, sizeof(tx));
		aead_freep(&a);
		aead_freep(&fresh);
	}
}

static void envelope_tells_a_wrong_key_or_place_from_damage(void **state)
{
	(void)state;
	for (size_t c = 0; c < 2; c++) {
		cleanup(buf_free) struct buf b = BUF_INIT, again = BUF_INIT, out = BUF_INIT;
		struct span here = span_str("here"), text = span_str("the text");
		buf_u8(&b, 42); /* appends */
		assert_int_equal(envelope_seal(ciphers[c], &key, here, text, &b), ERR_OK);
		assert_int_equal(b.len, 1 + ENVELOPE_LEN + text.len);
		struct span e = SPAN(b.p + 1, b.len - 1);
		assert_int_equal(envelope_seal(ciphers[c], &key, here, text, &again), ERR_OK);
		assert_int_not_equal(span_cmp(e, buf_span(&again)), 0); /* a fresh salt each time */
		buf_u8(&out, 1);
		assert_int_equal(envelope_open(ciphers[c], &key, here, e, &out), ERR_OK);
		assert_int_equal(out.len, 1 + text.len);
		assert_memory_equal(out.p + 1, text.p, text.len);
		assert_int_equal(envelope_open(ciphers[c], &other, here, e, &out), ERR_WRONGKEY);
		assert_int_equal(envelope_open(ciphers[c], &key, span_str("there"), e, &out), ERR_WRONGKEY);
		for (size_t i = 1; i < b.len; i++) {
			b.p[i] ^= 1;
			assert_int_equal(envelope_open(ciphers[c], &key, here, e, &out),
			                 i < 1 + 64 ? ERR_WRONGKEY : ERR_DAMAGED);
			b.p[i] ^= 1;
		}
		for (size_t n = 0; n < ENVELOPE_LEN; n++)
			assert_int_equal(envelope_open(ciphers[c], &key, here, SPAN(e.p, n), &out), ERR_DAMAGED);
		assert_int_equal(out.len, 1 + text.len); /* failures append nothing */
	}
}

static void an_empty_envelope_opens(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf b = BUF_INIT, out = BUF_INIT;
	struct span none = { NULL, 0 };
	assert_int_equal(envelope_seal(CIPHER_AES256GCM, &key, none, none, &b), ERR_OK);
	assert_int_equal(envelope_open(CIPHER_AES256GCM, &key, none, buf_span(&b), &out), ERR_OK);
	assert_int_equal(out.len, 0);
}

static err_t open_box(const struct key *seed, const struct key *mix, struct span aad, struct span box, struct buf *out)
{
	return box_open(CIPHER_AES256GCM, &(struct box_by){ seed, mix }, aad, box, out);
}

static void a_box_opens_for_its_receiver_only(void **state)
{
	(void)state;
	struct public_keys keys;
	uint8_t box_key[BOX_KEY] = { BOX_SUITE };
	const struct key mix = { { 7 } };
	const struct box_to to = { SPAN(box_key, sizeof(box_key)), &mix };
	struct box_draw d;
	cleanup(buf_free) struct buf b = BUF_INIT, out = BUF_INIT;
	struct span here = span_str("here");
	assert_int_equal(keys_from_seed(&key, &keys), ERR_OK);
	memcpy(box_key + 1, keys.box, sizeof(keys.box));
	assert_int_equal(box_draw(&d), ERR_OK);
	assert_int_equal(box_seal(CIPHER_AES256GCM, &to, &d, here, span_str("root"), &b), ERR_OK);
	assert_int_equal(b.len, BOX_MORE + 4);
	assert_int_equal(open_box(&key, &mix, here, buf_span(&b), &out), ERR_OK);
	assert_memory_equal(out.p, "root", 4);
	assert_int_equal(open_box(&other, &mix, here, buf_span(&b), &out), ERR_WRONGKEY);
	assert_int_equal(open_box(&key, &other, here, buf_span(&b), &out), ERR_WRONGKEY);
	assert_int_equal(open_box(&key, &mix, span_str("there"), buf_span(&b), &out), ERR_WRONGKEY);
	for (size_t i = 0; i < b.len; i++) {
		b.p[i] ^= 4;
		assert_int_not_equal(open_box(&key, &mix, here, buf_span(&b), &out), ERR_OK);
		b.p[i] ^= 4;
	}
	for (size_t n = 0; n < BOX_MORE; n++)
		assert_int_equal(open_box(&key, &mix, here, SPAN(b.p, n), &out), ERR_DAMAGED);
	memset(b.p + 1, 0, 32); /* an ephemeral key of small order gives a shared secret that everyone knows */
	assert_int_equal(open_box(&key, &mix, here, buf_span(&b), &out), ERR_DAMAGED);
	assert_int_equal(out.len, 4);
}

static void a_seed_signs_for_its_own_public_key(void **state)
{
	(void)state;
	struct public_keys keys, others;
	uint8_t sig[SIG_LEN];
	assert_int_equal(keys_from_seed(&key, &keys), ERR_OK);
	assert_int_equal(keys_from_seed(&other, &others), ERR_OK);
	assert_memory_not_equal(keys.sign, others.sign, 32);
	assert_memory_not_equal(keys.sign, keys.box, 32);
	assert_int_equal(crypto_sign(&key, span_str("m"), sig), ERR_OK);
	assert_int_equal(crypto_verify(keys.sign, span_str("m"), sig), ERR_OK);
	assert_int_equal(crypto_verify(others.sign, span_str("m"), sig), ERR_DAMAGED);
	assert_int_equal(crypto_verify(keys.sign, span_str("n"), sig), ERR_DAMAGED);
	static const uint8_t none[32] = { 2 }, nosig[SIG_LEN];
	assert_int_equal(crypto_verify(none, span_str("m"), nosig), ERR_DAMAGED);
}

static void *fetch_all(void *ctx)
{
	const EVP_CIPHER **got = ctx;
	for (unsigned i = 0; i <= FETCHED_CTR; i++)
		got[i] = cipher_fetched(i);
	return NULL;
}

static void each_cipher_is_that_of_its_name_for_all_threads(void **state)
{
	static const char *const name[] = { "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CTR" };
	const EVP_CIPHER *here[3], *there[4][3];
	pthread_t thread[4];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, fetch_all, there[i]), 0);
	fetch_all(here);
	for (size_t i = 0; i < ARRAY_LEN(thread); i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_memory_equal(here, there[i], sizeof(here));
	}
	for (size_t i = 0; i < ARRAY_LEN(here); i++)
		assert_true(EVP_CIPHER_is_a(here[i], name[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aead_refuses_any_change_and_leaves_nothing_behind),
		cmocka_unit_test(aead_contexts_change_direction_without_leaving_traces),
		cmocka_unit_test(envelope_tells_a_wrong_key_or_place_from_damage),
		cmocka_unit_test(an_empty_envelope_opens),
		cmocka_unit_test(a_box_opens_for_its_receiver_only),
		cmocka_unit_test(a_seed_signs_for_its_own_public_key),
		cmocka_unit_test(each_cipher_is_that_of_its_name_for_all_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
