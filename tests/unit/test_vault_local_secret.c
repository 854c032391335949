/* SPDX-License-Identifier: MIT
 * The local secret, by a passphrase and by the recovery key, beside tests/vectors/keys.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/vectors.h"
#include "util/cleanup.h"
#include "vault/keys/local_secret.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define same(a, b) assert_int_equal(span_cmp(a, b), 0)

static const struct wrap_secret pass = { { "correct horse", 13 }, { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 } };
static const struct key local = { { 1, 2, 3, 4 } };

static struct local_at place(enum cipher c)
{
	struct local_at at = { .cipher = c };
	for (uint8_t i = 0; i < ID_LEN; i++)
		at.vault.b[i] = i;
	for (uint8_t i = 0; i < HASH_LEN; i++)
		at.genesis.b[i] = (uint8_t)(32 + i);
	return at;
}

static struct signer_mine *slot_of(unsigned n)
{
	struct key seed, mix;
	struct signer_mine *m = NULL;
	memset(seed.b, (int)n, sizeof(seed.b));
	memset(mix.b, (int)n + 100, sizeof(mix.b));
	ok(signer_mine_of(place(CIPHER_AES256GCM).vault, SIGNER_RECOVERY, &seed, &mix, &m));
	return m;
}

static err_t open_unlock(const struct local_at *at, struct span file, struct span passphrase, struct key *ret)
{
	struct local_unlock u;
	err_t e = local_unlock_decode(file, &u);
	return e ? e : local_unlock_open(at, &u, passphrase, ret);
}

static void seal_rescue(const struct local_at *at, const struct signer_mine *slot, struct buf *out)
{
	struct box_to to = { SPAN(slot->box_key, sizeof(slot->box_key)), &slot->mix };
	ok(local_rescue_seal(at, &to, &local, out));
	assert_int_equal(out->len, LOCAL_RESCUE_LEN);
}

static void test_vectors(void **state)
{
	(void)state;
	static struct vector v;
	unsigned n = 0;
	for (FILE *f = vectors_open("keys.txt"); vectors_next(f, &v);) {
		cleanup(secret_freep) struct signer_mine *slot = slot_of(2);
		struct key got;
		if (strcmp(v.name[1], "passphrase"))
			continue;
		struct local_at at = place((enum cipher)v.value[0][0]);
		ok(open_unlock(&at, vector_get(&v, "unlock"), vector_get(&v, "passphrase"), &got));
		same(SPAN(got.b, sizeof(got.b)), vector_get(&v, "local"));
		memset(&got, 0, sizeof(got));
		ok(local_rescue_open(&at, slot, vector_get(&v, "rescue"), &got));
		same(SPAN(got.b, sizeof(got.b)), vector_get(&v, "local"));
		n++;
	}
	assert_int_equal(n, 2);
}

static void test_unlock(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf file = BUF_INIT;
	struct local_at at = place(CIPHER_CHACHA20POLY1305), elsewhere = at;
	struct key got = { { 0 } };
	ok(local_unlock_seal(&at, &pass, &local, &file));
	assert_int_equal(file.len, LOCAL_UNLOCK_LEN);
	assert_int_equal(open_unlock(&at, buf_span(&file), span_str("another"), &got), ERR_WRONGKEY);
	elsewhere.vault.b[0] ^= 1;
	assert_int_equal(open_unlock(&elsewhere, buf_span(&file), pass.bytes, &got), ERR_WRONGKEY);
	elsewhere = at;
	elsewhere.genesis.b[0] ^= 1;
	assert_int_equal(open_unlock(&elsewhere, buf_span(&file), pass.bytes, &got), ERR_DAMAGED);
	assert_int_equal(got.b[0], 0);
	ok(open_unlock(&at, buf_span(&file), pass.bytes, &got));
	assert_memory_equal(&got, &local, sizeof(got));
	file.p[file.len - 1] ^= 1;
	assert_int_equal(open_unlock(&at, buf_span(&file), pass.bytes, &got), ERR_DAMAGED);
}

static void test_the_form_of_unlock(void **state)
{
	(void)state;
	uint8_t file[LOCAL_UNLOCK_LEN + 1] = "cloudseal-unlock\n\1";
	struct local_unlock u;
	ok(local_unlock_decode(SPAN(file, LOCAL_UNLOCK_LEN), &u));
	for (size_t n = 0; n < LOCAL_UNLOCK_LEN; n++)
		assert_int_equal(local_unlock_decode(SPAN(file, n), &u), ERR_DAMAGED);
	assert_int_equal(local_unlock_decode(SPAN(file, sizeof(file)), &u), ERR_DAMAGED);
	for (size_t i = 0; i < 17; i++) {
		file[i] ^= 1;
		assert_int_equal(local_unlock_decode(SPAN(file, LOCAL_UNLOCK_LEN), &u), ERR_DAMAGED);
		file[i] ^= 1;
	}
	file[17] = 2;
	assert_int_equal(local_unlock_decode(SPAN(file, LOCAL_UNLOCK_LEN), &u), ERR_VERSION);
	file[17] = 0;
	assert_int_equal(local_unlock_decode(SPAN(file, LOCAL_UNLOCK_LEN), &u), ERR_DAMAGED);
}

/* Whoever can write the file must not get this device to ask for memory without end, nor to take less work. */
static void test_work_out_of_bounds_is_refused(void **state)
{
	(void)state;
	static const struct kdf_params bad[] = { { KDF_FLOOR_KIB - 1, 3, 1 },
		                                 { UINT32_MAX, 3, 1 },
		                                 { KDF_FLOOR_KIB, 2, 1 },
		                                 { KDF_FLOOR_KIB, 65, 1 },
		                                 { KDF_FLOOR_KIB, 3, 0 } };
	struct local_at at = place(CIPHER_AES256GCM);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		cleanup(buf_free) struct buf file = BUF_INIT;
		struct wrap_secret p = { pass.bytes, bad[i] };
		uint8_t sealed[ENVELOPE_LEN + 64] = { 0 };
		struct local_unlock u = { .kdf = bad[i], .sealed = SPAN(sealed, sizeof(sealed)) };
		struct key got;
		assert_int_equal(local_unlock_seal(&at, &p, &local, &file), ERR_LIMIT);
		assert_int_equal(file.len, 0);
		assert_int_equal(local_unlock_open(&at, &u, pass.bytes, &got), ERR_LIMIT);
	}
}

static void test_rescue(void **state)
{
	(void)state;
	cleanup(secret_freep) struct signer_mine *slot = slot_of(2), *other = slot_of(3);
	cleanup(buf_free) struct buf file = BUF_INIT;
	struct local_at at = place(CIPHER_AES256GCM), elsewhere = at;
	struct key got = { { 0 } };
	seal_rescue(&at, slot, &file);
	assert_int_equal(local_rescue_open(&at, other, buf_span(&file), &got), ERR_WRONGKEY);
	elsewhere.genesis.b[0] ^= 1;
	assert_int_equal(local_rescue_open(&elsewhere, slot, buf_span(&file), &got), ERR_WRONGKEY);
	ok(local_rescue_open(&at, slot, buf_span(&file), &got));
	assert_memory_equal(&got, &local, sizeof(got));
	for (size_t n = 0; n < file.len; n++)
		assert_int_not_equal(local_rescue_open(&at, slot, SPAN(file.p, n), &got), ERR_OK);
	file.p[0] = 2;
	assert_int_equal(local_rescue_open(&at, slot, buf_span(&file), &got), ERR_VERSION);
	file.p[0] = 0;
	assert_int_equal(local_rescue_open(&at, slot, buf_span(&file), &got), ERR_DAMAGED);
}

/* Two files of one secret have nothing in common. */
static void test_all_is_drawn_anew(void **state)
{
	(void)state;
	cleanup(secret_freep) struct signer_mine *slot = slot_of(2);
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT, x = BUF_INIT, y = BUF_INIT;
	struct local_at at = place(CIPHER_AES256GCM);
	seal_rescue(&at, slot, &a);
	seal_rescue(&at, slot, &b);
	ok(local_unlock_seal(&at, &pass, &local, &x));
	ok(local_unlock_seal(&at, &pass, &local, &y));
	for (size_t i = 0; i + 16 <= a.len - 2; i += 16)
		assert_memory_not_equal(a.p + 2 + i, b.p + 2 + i, 16);
	for (size_t i = 30; i + 16 <= x.len; i += 16)
		assert_memory_not_equal(x.p + i, y.p + i, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_unlock),
		cmocka_unit_test(test_the_form_of_unlock),
		cmocka_unit_test(test_work_out_of_bounds_is_refused),
		cmocka_unit_test(test_rescue),
		cmocka_unit_test(test_all_is_drawn_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
