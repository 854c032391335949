/* SPDX-License-Identifier: MIT
 * Sealed objects of format 2: sizes, frames, and that an object opens where it was sealed for and nowhere else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/vectors.h"
#include "util/cleanup.h"
#include "util/padme.h"
#include "vault/objects/object.h"
#include "vault/objects/size.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define NAME "0123456789abcdef0123456789abcdef"

static void test_sizes(void **state)
{
	(void)state;
	const uint64_t sizes[][2] = { { 0, 4096 },        { 1, 4096 },        { 4096, 4096 },
		                      { 4097, 8192 },     { 131073, 262144 }, { 262144, 262144 },
		                      { 262145, 270336 }, { 300000, 303104 }, { 9000000, 9175040 } };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		assert_true(object_size(sizes[i][0]) == sizes[i][1]);
		assert_true(object_size(sizes[i][1]) == sizes[i][1]);
	}
}

static void test_padme(void **state)
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

/* -- frames ------------------------------------------------------------------------------------------------------ */

static struct frame frame_of(bool is_signed, struct span contents)
{
	struct frame f = { .is_signed = is_signed, .contents = contents };
	if (is_signed)
		memset(f.sig, 7, SIG_LEN);
	return f;
}

static void check_frame(bool is_signed, size_t len)
{
	cleanup(buf_free) struct buf text = BUF_INIT, out = BUF_INIT;
	struct frame back, f;
	memset(buf_extend(&text, len), 9, len);
	f = frame_of(is_signed, buf_span(&text));
	ok(frame_put(&out, &f));
	assert_true(ENVELOPE_LEN + out.len == object_size(ENVELOPE_LEN + out.len));
	ok(frame_get(buf_span(&out), &back));
	assert_int_equal(back.is_signed, is_signed);
	assert_memory_equal(back.sig, f.sig, SIG_LEN);
	assert_int_equal(span_cmp(back.contents, f.contents), 0);
}

static void test_frames(void **state)
{
	(void)state;
	const size_t lengths[] = { 1, 3945, 3946, 4011, 4012, 100000, 262144, 300000, OBJECT_CONTENTS_MAX };
	cleanup(buf_free) struct buf large = BUF_INIT, out = BUF_INIT;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		for (int is_signed = 0; is_signed < 2; is_signed++)
			check_frame(is_signed, lengths[i]);
	struct frame none = frame_of(true, SPAN("", 0));
	assert_int_equal(frame_put(&out, &none), ERR_INVAL);
	memset(buf_extend(&large, OBJECT_CONTENTS_MAX + 1), 0, OBJECT_CONTENTS_MAX + 1);
	struct frame over = frame_of(true, buf_span(&large));
	assert_int_equal(frame_put(&out, &over), ERR_LIMIT);
}

/* raw: a frame written without a look, `len` bytes long. */
static err_t raw(uint8_t flag, uint32_t length, const char *contents, size_t len)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct frame f;
	buf_u8(&b, flag);
	buf_u32(&b, length);
	buf_put(&b, contents, strlen(contents));
	while (b.len < len)
		buf_u8(&b, 0);
	return frame_get(buf_span(&b), &f);
}

static void test_frames_that_nobody_writes(void **state)
{
	(void)state;
	const size_t whole = 4096 - ENVELOPE_LEN;
	ok(raw(0, 3, "abc", whole));
	assert_int_equal(raw(2, 3, "abc", whole), ERR_DAMAGED);
	assert_int_equal(raw(0, 0, "", whole), ERR_DAMAGED);
	assert_int_equal(raw(0, 2, "abc", whole), ERR_DAMAGED);        /* padding that is not zero */
	assert_int_equal(raw(0, 3, "abc", whole + 4096), ERR_DAMAGED); /* too much of it */
	assert_int_equal(raw(0, 3, "abc", whole - 1), ERR_DAMAGED);    /* too little */
	assert_int_equal(raw(0, (uint32_t)whole, "abc", whole), ERR_DAMAGED);
	assert_int_equal(raw(0, 3, "abc", 0), ERR_DAMAGED);
}

/* test_padding: each byte of it is zero. */
static void test_padding(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct frame f = frame_of(false, span_str("abc"));
	ok(frame_put(&b, &f));
	for (size_t i = 1 + 4 + 3; i < b.len; i++) {
		b.p[i] = 1;
		assert_int_equal(frame_get(buf_span(&b), &f), ERR_DAMAGED);
		b.p[i] = 0;
	}
	ok(frame_get(buf_span(&b), &f));
}

/* -- objects ----------------------------------------------------------------------------------------------------- */

static struct epoch_at epoch = { .vault = { { 1 } }, .genesis = { { 2 } }, .number = 3, .id = { { 4 } } };
static struct key root = { .b = { 5 } };

static struct object_place place(enum object_type type, const struct epoch_at *e, struct key *key)
{
	ok(epoch_key(&root, e, KEY_OBJECTS, key));
	return (struct object_place){
		.epoch = e, .objects = key, .cipher = CIPHER_AES256GCM, .type = type, .name = NAME
	};
}

static err_t open_at(const struct object_place *at, struct span bytes)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct hash h;
	uint8_t sig[SIG_LEN];
	err_t e = object_open(at, bytes, &out, &h, sig);
	assert_true(e == ERR_OK || out.len == 0);
	return e;
}

static void check_type(enum object_type type, enum cipher cipher)
{
	bool is_signed = type != OBJECT_JOIN && type != OBJECT_CHUNK && type != OBJECT_ROOT;
	struct key key, seed = { .b = { 6 } };
	struct object_place at = place(type, &epoch, &key);
	struct public_keys keys;
	cleanup(buf_free) struct buf out = BUF_INIT, back = BUF_INIT;
	struct hash h, again;
	uint8_t sig[SIG_LEN];
	at.cipher = cipher;
	ok(keys_from_seed(&seed, &keys));
	ok(object_seal(&at, span_str("contents"), is_signed ? &seed : NULL, &out, &h));
	assert_int_equal(out.len, 4096);
	ok(object_open(&at, buf_span(&out), &back, &again, sig));
	assert_int_equal(span_cmp(buf_span(&back), span_str("contents")), 0);
	assert_true(hash_eq(h, again));
	assert_int_equal(object_verify(keys.sign, h, sig), is_signed ? ERR_OK : ERR_DAMAGED);
	h.b[0] ^= 1;
	assert_int_equal(object_verify(keys.sign, h, sig), ERR_DAMAGED);
	assert_int_equal(object_seal(&at, span_str("contents"), is_signed ? NULL : &seed, &out, &h), ERR_INVAL);
}

static void test_each_type(void **state)
{
	(void)state;
	for (enum object_type type = OBJECT_COMMIT; type <= OBJECT_GUIDE; type++) {
		check_type(type, CIPHER_AES256GCM);
		check_type(type, CIPHER_CHACHA20POLY1305);
	}
}

static void test_opens_nowhere_else(void **state)
{
	(void)state;
	struct key key, key2, seed = { .b = { 6 } };
	struct object_place at = place(OBJECT_COMMIT, &epoch, &key), other = at;
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct hash h;
	ok(object_seal(&at, span_str("contents"), &seed, &out, &h));
	ok(open_at(&at, buf_span(&out)));
	other.type = OBJECT_HEAD;
	assert_int_equal(open_at(&other, buf_span(&out)), ERR_DAMAGED);
	other = at;
	other.name = "1123456789abcdef0123456789abcdef";
	assert_int_equal(open_at(&other, buf_span(&out)), ERR_DAMAGED);
	struct epoch_at e[] = { epoch, epoch, epoch, epoch };
	e[0].vault.b[0]++;
	e[1].genesis.b[0]++;
	e[2].number++;
	e[3].id.b[0]++;
	for (size_t i = 0; i < ARRAY_LEN(e); i++) {
		other = at;
		other.epoch = &e[i]; /* with the same key */
		assert_int_equal(open_at(&other, buf_span(&out)), ERR_DAMAGED);
		other = place(OBJECT_COMMIT, &e[i], &key2);
		other.epoch = &epoch;
		assert_int_equal(open_at(&other, buf_span(&out)), ERR_DAMAGED);
	}
}

static void test_damaged(void **state)
{
	(void)state;
	struct key key, seed = { .b = { 6 } };
	struct object_place at = place(OBJECT_HEAD, &epoch, &key);
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct hash h;
	ok(object_seal(&at, span_str("contents"), &seed, &out, &h));
	for (size_t i = 0; i < out.len; i++) {
		out.p[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(open_at(&at, buf_span(&out)), ERR_DAMAGED);
		out.p[i] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < out.len; n++)
		assert_int_equal(open_at(&at, SPAN(out.p, n)), ERR_DAMAGED);
	ok(open_at(&at, buf_span(&out)));
}

/* sealed_as: an unsigned frame where a signed one belongs, or the other way round. */
static void test_signed_as_its_type_says(void **state)
{
	(void)state;
	for (int is_signed = 0; is_signed < 2; is_signed++) {
		struct key key;
		struct object_place at = place(is_signed ? OBJECT_CHUNK : OBJECT_COMMIT, &epoch, &key);
		struct frame f = frame_of(is_signed, span_str("contents"));
		cleanup(buf_free) struct buf frame = BUF_INIT, aad = BUF_INIT, out = BUF_INIT;
		ok(frame_put(&frame, &f));
		buf_put(&aad, "cloudseal object", 16);
		epoch_at_put(&aad, &epoch);
		buf_u8(&aad, (uint8_t)at.type);
		buf_put(&aad, NAME, 32);
		ok(envelope_seal(at.cipher, &key, buf_span(&aad), buf_span(&frame), &out));
		assert_int_equal(open_at(&at, buf_span(&out)), ERR_DAMAGED);
	}
}

static void test_the_hash_is_of_the_contents(void **state)
{
	(void)state;
	struct key key;
	struct object_place at = place(OBJECT_COMMIT, &epoch, &key), copy = at, head = at;
	struct hash a, b;
	copy.name = "1123456789abcdef0123456789abcdef";
	head.type = OBJECT_HEAD;
	ok(object_hash(&at, span_str("contents"), &a));
	ok(object_hash(&copy, span_str("contents"), &b));
	assert_true(hash_eq(a, b));
	ok(object_hash(&head, span_str("contents"), &b));
	assert_false(hash_eq(a, b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_padme),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_frames_that_nobody_writes),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_each_type),
		cmocka_unit_test(test_opens_nowhere_else),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_signed_as_its_type_says),
		cmocka_unit_test(test_the_hash_is_of_the_contents),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
