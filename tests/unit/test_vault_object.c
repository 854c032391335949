/* SPDX-License-Identifier: MIT
 * Sealed objects: names, padding, and that nothing but the very object opens in its place.
 */
#include "util/cleanup.h"
#include "util/padme.h"
#include "vault/objects/frame.h"
#include "vault/objects/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/vectors.h"

#define OBJ_OTHER ((enum object_type)2) /* of the vectors, too */

static const char name[] = "00112233445566778899aabbccddeeff";
static const struct id vault_id = { { 0xaa } };
static const struct hash genesis = { { 0xbb } };

static struct keyring *keyring(struct id vault)
{
	struct key root;
	memset(&root, 0xcc, sizeof(root));
	struct keyring *k = keyring_new(CIPHER_AES256GCM, vault, genesis);
	assert_non_null(k);
	assert_int_equal(keyring_add(k, 1, genesis, &root), ERR_OK);
	assert_int_equal(keyring_add(k, 2, hash_from(root.b), &root), ERR_OK);
	return k;
}

static void padme_gives_the_published_sizes(void **state)
{
	(void)state;
	struct vector v;
	unsigned cases = 0;
	for (FILE *f = vectors_open("padme.txt"); vectors_next(f, &v); cases++) {
		struct rd n = RD(vector_get(&v, "n")), to = RD(vector_get(&v, "padded"));
		assert_true(padme(rd_u64(&n)) == rd_u64(&to));
	}
	assert_true(cases > 20);
	assert_true(padme(UINT64_MAX) == UINT64_MAX);
	for (uint64_t n = 1; n < 1 << 20; n += 37) {
		uint64_t p = padme(n);
		assert_true(p >= n && p <= n + n / 8 + 1 && padme(p) == p);
	}
}

static void names_give_the_vectors(void **state)
{
	(void)state;
	struct vector v;
	FILE *f = vectors_open("names.txt");
	assert_true(vectors_next(f, &v));
	struct key root;
	memcpy(root.b, vector_get(&v, "root").p, 32);
	cleanup(keyring_freep) struct keyring *k = keyring_new(CIPHER_AES256GCM, id_from(vector_get(&v, "vault").p),
	                                                       hash_from(vector_get(&v, "genesis").p));
	assert_int_equal(keyring_add(k, 1, hash_from(vector_get(&v, "genesis").p), &root), ERR_OK);
	char got[OBJECT_NAME], want[OBJECT_NAME];
	name_id(id_from(vector_get(&v, "join").p), want);
	assert_int_equal(name_join(k, 1, 3, got), ERR_OK);
	assert_string_equal(got, want);
	assert_int_equal(name_join(k, 9, 3, got), ERR_NOTFOUND);
	fclose(f);
}

static void stored_objects_of_the_vectors_open(void **state)
{
	(void)state;
	struct vector v;
	unsigned cases = 0;
	for (FILE *f = vectors_open("object.txt"); vectors_next(f, &v); cases++) {
		struct key root;
		char n[OBJECT_NAME] = { 0 };
		struct hash hash;
		uint8_t sig[SIG_LEN];
		cleanup(buf_free) struct buf plain = BUF_INIT;
		memcpy(root.b, vector_get(&v, "root").p, 32);
		memcpy(n, vector_get(&v, "name").p, OBJECT_NAME - 1);
		cleanup(keyring_freep) struct keyring *k = keyring_new(
		        CIPHER_AES256GCM, id_from(vector_get(&v, "vault").p), hash_from(vector_get(&v, "genesis").p));
		assert_int_equal(keyring_add(k, 1, hash_from(vector_get(&v, "genesis").p), &root), ERR_OK);
		struct span key = vector_get(&v, "key");
		assert_int_equal(object_open(OBJECT_PLACE(k, 1, OBJ_OTHER, n), vector_get(&v, "sealed"),
		                             key.len ? key.p : NULL, &plain, &hash, sig),
		                 ERR_OK);
		assert_int_equal(span_cmp(buf_span(&plain), vector_get(&v, "plain")), 0);
		assert_true(hash_eq(hash, hash_from(vector_get(&v, "hash").p)));
		if (key.len)
			assert_int_equal(object_verify(key.p, hash, sig), ERR_OK);
	}
	assert_int_equal(cases, 2);
}

static void every_size_round_trips_in_a_padme_size(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1, 100, 1000, 65536, 1 << 20 };
	cleanup(keyring_freep) struct keyring *k = keyring(vault_id);
	struct key seed = { { 1 } };
	struct public_keys pub;
	assert_int_equal(keys_from_seed(&seed, &pub), ERR_OK);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		cleanup(buf_free) struct buf in = BUF_INIT, out = BUF_INIT, back = BUF_INIT;
		struct hash hash, got;
		uint8_t sig[SIG_LEN];
		uint8_t *at = buf_reserve(&in, 1) ? buf_extend(&in, sizes[i]) : NULL;
		assert_non_null(at);
		for (size_t b = 0; b < sizes[i]; b++)
			at[b] = (uint8_t)(b % 251);
		buf_put(&out, "xy", 2);
		buf_put(&back, "xy", 2);
		assert_int_equal(object_seal(OBJECT_PLACE(k, 1, OBJ_JOIN, name), buf_span(&in), &seed, &out, &hash),
		                 ERR_OK);
		assert_true(padme(out.len - 2) == out.len - 2);
		assert_int_equal(object_open(OBJECT_PLACE(k, 1, OBJ_JOIN, name), SPAN(out.p + 2, out.len - 2), pub.sign,
		                             &back, &got, sig),
		                 ERR_OK);
		assert_int_equal(back.len, in.len + 2);
		if (in.len)
			assert_memory_equal(back.p + 2, in.p, in.len);
		assert_true(hash_eq(hash, got));
		assert_int_equal(object_verify(pub.sign, got, sig), ERR_OK);
	}
}

static err_t try_open(struct keyring *k, uint32_t epoch, enum object_type type, const char *n, struct span s,
                      const uint8_t *key)
{
	cleanup(buf_free) struct buf back = BUF_INIT;
	struct hash hash;
	uint8_t sig[SIG_LEN];
	err_t e = object_open(OBJECT_PLACE(k, epoch, type, n), s, key, &back, &hash, sig);
	if (e)
		assert_int_equal(back.len, 0);
	return e;
}

static void every_flipped_byte_and_every_cut_is_damage(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = keyring(vault_id);
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct key seed = { { 1 } };
	struct public_keys pub;
	struct hash hash;
	assert_int_equal(keys_from_seed(&seed, &pub), ERR_OK);
	assert_int_equal(object_seal(OBJECT_PLACE(k, 1, OBJ_JOIN, name), span_str("contents"), &seed, &out, &hash),
	                 ERR_OK);
	for (size_t i = 0; i < out.len; i++) {
		out.p[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(try_open(k, 1, OBJ_JOIN, name, buf_span(&out), pub.sign), ERR_DAMAGED);
		out.p[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(try_open(k, 1, OBJ_JOIN, name, SPAN(out.p, i), pub.sign), ERR_DAMAGED);
	}
	buf_u8(&out, 0);
	assert_int_equal(try_open(k, 1, OBJ_JOIN, name, buf_span(&out), pub.sign), ERR_DAMAGED);
}

static void an_object_opens_only_in_its_place(void **state)
{
	(void)state;
	static const struct id other_vault = { { 0xab } };
	cleanup(keyring_freep) struct keyring *k = keyring(vault_id), *other = keyring(other_vault);
	cleanup(buf_free) struct buf out = BUF_INIT, plain = BUF_INIT;
	struct key seed = { { 1 } }, seed2 = { { 2 } };
	struct public_keys pub, pub2;
	struct hash hash;
	assert_int_equal(keys_from_seed(&seed, &pub), ERR_OK);
	assert_int_equal(keys_from_seed(&seed2, &pub2), ERR_OK);
	assert_int_equal(object_seal(OBJECT_PLACE(k, 1, OBJ_JOIN, name), span_str("contents"), &seed, &out, &hash),
	                 ERR_OK);
	struct span s = buf_span(&out);
	assert_int_equal(try_open(k, 1, OBJ_JOIN, name, s, pub.sign), ERR_OK);
	assert_int_equal(try_open(k, 1, OBJ_JOIN, name, s, NULL), ERR_OK);
	assert_int_equal(try_open(k, 1, OBJ_JOIN, name, s, pub2.sign), ERR_DAMAGED);
	assert_int_equal(try_open(k, 1, OBJ_OTHER, name, s, pub.sign), ERR_DAMAGED);
	assert_int_equal(try_open(k, 2, OBJ_JOIN, name, s, pub.sign), ERR_DAMAGED);
	assert_int_equal(try_open(k, 3, OBJ_JOIN, name, s, pub.sign), ERR_NOTFOUND);
	assert_int_equal(try_open(k, 1, OBJ_JOIN, "00112233445566778899aabbccddeefe", s, pub.sign), ERR_DAMAGED);
	assert_int_equal(try_open(other, 1, OBJ_JOIN, name, s, pub.sign), ERR_DAMAGED);
	assert_int_equal(object_seal(OBJECT_PLACE(k, 1, OBJ_JOIN, name), span_str("contents"), NULL, &plain, &hash),
	                 ERR_OK);
	assert_int_equal(try_open(k, 1, OBJ_JOIN, name, buf_span(&plain), NULL), ERR_OK);
	assert_int_equal(try_open(k, 1, OBJ_JOIN, name, buf_span(&plain), pub.sign), ERR_DAMAGED); /* unsigned */
}

static void what_is_too_large_is_refused(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = keyring(vault_id);
	cleanup(buf_free) struct buf in = BUF_INIT, out = BUF_INIT;
	struct hash hash;
	assert_non_null(buf_extend(&in, OBJECT_MAX));
	assert_int_equal(object_seal(OBJECT_PLACE(k, 1, OBJ_JOIN, name), buf_span(&in), NULL, &out, &hash), ERR_LIMIT);
	assert_int_equal(out.len, 0);
}

static void frames_that_are_not_canonical_are_refused(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf f = BUF_INIT;
	struct object_frame got;
	buf_u8(&f, 0);
	buf_blob32(&f, span_str("twelve bytes"));
	size_t body = f.len, full = padme(ENVELOPE_LEN + body) - ENVELOPE_LEN;
	memset(buf_extend(&f, 200), 0, 200);
	assert_int_equal(object_frame_decode(SPAN(f.p, full), &got), ERR_OK);
	assert_false(got.is_signed);
	assert_int_equal(got.plain.len, 12);
	for (size_t n = 0; n < f.len; n++)
		if (n != full)
			assert_int_equal(object_frame_decode(SPAN(f.p, n), &got), ERR_DAMAGED);
	if (full > body) {
		f.p[full - 1] = 1;
		assert_int_equal(object_frame_decode(SPAN(f.p, full), &got), ERR_DAMAGED);
		f.p[full - 1] = 0;
	}
	f.p[0] = 2;
	assert_int_equal(object_frame_decode(SPAN(f.p, full), &got), ERR_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padme_gives_the_published_sizes),
		cmocka_unit_test(names_give_the_vectors),
		cmocka_unit_test(stored_objects_of_the_vectors_open),
		cmocka_unit_test(every_size_round_trips_in_a_padme_size),
		cmocka_unit_test(every_flipped_byte_and_every_cut_is_damage),
		cmocka_unit_test(an_object_opens_only_in_its_place),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(frames_that_are_not_canonical_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
