/* SPDX-License-Identifier: MIT
 * Packs of records: what no encoder writes is refused, each rule broken alone; random records come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_random.h"
#include "vault/join/records.h"
#include "vault/join/varint.h"
#include "vault/objects/pack.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define S "\1\0\0\0\0\0\0\0" /* stream 1 */
#define T "\2\0\0\0\0\0\0\0"
#define HEAD "\5\1" S "\3" /* lamport 5, n = 3 of stream 1 */
#define ONE "\0\2\x40\7\x09\2\2\0\2\1\0\0\0z"
#define TWO "\1\1\x08\2\3."
#define BYTES(s) s, sizeof(s) - 1

struct sample {
	const char *why, *bytes;
	size_t len;
};

static void test_what_is_a_pack(void **state)
{
	(void)state;
	const struct sample good[] = {
		{ "nothing", BYTES("\0\0") },
		{ "one", BYTES(HEAD ONE) },
		{ "two", BYTES(HEAD ONE TWO) },
		{ "a key that begins another", BYTES(HEAD ONE "\2\1\0\2\3.") },
		{ "no stamps", BYTES("\0\0\0\1\x7f\3\2\0.") },
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		print_message("%s\n", good[i].why);
		ok(pack_read(SPAN(good[i].bytes, good[i].len), NULL, NULL));
	}
}

static void test_what_no_encoder_writes(void **state)
{
	(void)state;
	const struct sample bad[] = {
		{ "nothing at all", BYTES("") },
		{ "a number longer than need be", BYTES("\x85\0\1" S "\3" ONE) },
		{ "a lamport that no stamp has", BYTES(HEAD "\0\2\x40\7\x09\2\2\0\2\1\0\0\1z") },
		{ "a lamport without stamps", BYTES("\1\0\0\1\x7f\3\2\0.") },
		{ "an n that no stamp has", BYTES(HEAD "\0\2\x40\7\x09\2\2\0\2\1\0\1\0z") },
		{ "a lamport below zero", BYTES(HEAD "\0\2\x40\7\x09\2\2\0\2\6\0\0\0z") },
		{ "an n below zero", BYTES(HEAD "\0\2\x40\7\x09\2\2\0\4\1\0\0\0z") },
		{ "a stream that is not there", BYTES(HEAD "\0\2\x40\7\x09\2\2\1\2\1\0\0\0z") },
		{ "a stream that is not used", BYTES("\5\2" S "\3" T "\0" ONE) },
		{ "streams out of order", BYTES("\5\2" T "\1" S "\3\0\2\x40\7\x09\2\2\1\2\1\0\0\0z") },
		{ "a stream twice", BYTES("\5\2" S "\1" S "\3\0\2\x40\7\x09\2\2\1\2\1\0\0\0z") },
		{ "more streams than bytes", BYTES("\5\x7f" S "\3" ONE) },
		{ "a first key that shares", BYTES(HEAD "\1\1\x40\x09\2\2\0\2\1\0\0\0z") },
		{ "a key that shares less than it could", BYTES(HEAD ONE "\0\2\x40\x08\2\3.") },
		{ "a key that shares more than there is", BYTES(HEAD ONE "\3\1\x08\2\3.") },
		{ "keys out of order", BYTES(HEAD ONE "\1\1\6\2\3.") },
		{ "a key twice", BYTES(HEAD ONE "\2\0\2\3.") },
		{ "an empty key", BYTES(HEAD "\0\0\x09\2\2\0\2\1\0\0\0z") },
		{ "a kind below the shared ones", BYTES("\0\0\0\1\x3f\3\2\0.") },
		{ "a local kind", BYTES("\0\0\0\1\x80\3\2\0.") },
		{ "an empty value", BYTES("\0\0\0\1\x7f\0") },
		{ "a value that ends in its stamps", BYTES(HEAD "\0\2\x40\7\7\2\2\0\2\1\0\0") },
		{ "a value that ends early", BYTES("\0\0\0\1\x7f\4\2\0.") },
		{ "a number in a value longer than need be", BYTES(HEAD "\0\2\x40\7\x0a\2\2\0\2\x81\0\0\0\0z") },
		{ "bytes behind", BYTES(HEAD ONE "\1") },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("%s\n", bad[i].why);
		assert_int_equal(pack_read(SPAN(bad[i].bytes, bad[i].len), NULL, NULL), ERR_DAMAGED);
	}
}

static void test_longest_key(void **state)
{
	(void)state;
	for (size_t len = PACK_KEY_MAX; len <= PACK_KEY_MAX + 1; len++) {
		cleanup(buf_free) struct buf b = BUF_INIT;
		cleanup(pack_free) struct pack p = PACK_INIT;
		buf_put(&b, "\0\0\0", 3);
		varint_put(&b, len);
		memset(buf_extend(&b, len), 0x40, len);
		buf_put(&b, "\2\3.", 3);
		assert_int_equal(pack_read(buf_span(&b), NULL, NULL), len == PACK_KEY_MAX ? ERR_OK : ERR_DAMAGED);
		err_t e = pack_add(&p, SPAN(b.p + 5, len), span_str("\3."));
		assert_int_equal(e, len == PACK_KEY_MAX ? ERR_OK : ERR_INVAL);
	}
}

static void test_what_cannot_be_added(void **state)
{
	(void)state;
	cleanup(pack_free) struct pack p = PACK_INIT;
	const struct span value = SPAN("\2\1\5" S "\3", 12), key = SPAN("\x41", 1);
	ok(pack_add(&p, key, value));
	assert_int_equal(pack_add(&p, key, value), ERR_INVAL);
	assert_int_equal(pack_add(&p, SPAN("\x40", 1), value), ERR_INVAL);
	assert_int_equal(pack_add(&p, SPAN("\x80", 1), value), ERR_INVAL);
	assert_int_equal(pack_add(&p, SPAN("\x42", 1), SPAN(value.p, 11)), ERR_INVAL);
	assert_int_equal(pack_add(&p, SPAN("\x42", 1), SPAN("", 0)), ERR_INVAL);
	ok(pack_add(&p, SPAN("\x42", 1), value));
}

/* -- random ------------------------------------------------------------------------------------------------------ */

static void random_value(uint64_t *seed, struct buf *out)
{
	static const uint64_t numbers[] = { 1, 2, 127, 128, 300, UINT64_C(1) << 40, UINT64_MAX };
	uint64_t n = random_u64(seed) % 4;
	buf_u8(out, one_in(seed, 8) ? 3 : 2);
	varint_put(out, n);
	for (; n > 0; n--)
		stamp_put(out, (struct stamp){ numbers[random_u64(seed) % 7], random_u64(seed) % 5,
		                               numbers[random_u64(seed) % 7] });
	for (n = random_u64(seed) % 5; n > 0; n--)
		buf_u8(out, (uint8_t)random_u64(seed));
}

static void random_records(uint64_t *seed, struct records *t)
{
	for (uint64_t n = random_u64(seed) % 20; n > 0; n--) {
		uint8_t key[] = { 0x40 + random_u64(seed) % 3, random_u64(seed) % 3, random_u64(seed) % 3 };
		cleanup(buf_free) struct buf value = BUF_INIT;
		random_value(seed, &value);
		ok(records_put(t, SPAN(key, 1 + random_u64(seed) % 3), buf_span(&value)));
	}
}

static err_t keep(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static void check_same(const struct records *a, const struct records *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(span_cmp(records_key(a->v[i]), records_key(b->v[i])), 0);
		assert_int_equal(span_cmp(buf_span(&a->v[i]->value), buf_span(&b->v[i]->value)), 0);
	}
}

static void test_records_come_back(void **state)
{
	(void)state;
	uint64_t seed = random_seed();
	for (unsigned i = random_rounds(500, 50000); i > 0; i--) {
		cleanup(records_free) struct records t = RECORDS_INIT, back = RECORDS_INIT;
		cleanup(pack_free) struct pack p = PACK_INIT;
		cleanup(buf_free) struct buf out = BUF_INIT;
		random_records(&seed, &t);
		for (size_t k = 0; k < t.n; k++)
			ok(pack_add(&p, records_key(t.v[k]), buf_span(&t.v[k]->value)));
		ok(pack_put(&p, &out));
		assert_true(out.len <= pack_bound(&p));
		ok(pack_read(buf_span(&out), keep, &back));
		check_same(&t, &back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_a_pack),    cmocka_unit_test(test_what_no_encoder_writes),
		cmocka_unit_test(test_longest_key),       cmocka_unit_test(test_what_cannot_be_added),
		cmocka_unit_test(test_records_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
