/* SPDX-License-Identifier: MIT */
#include "util/buf.h"
#include "util/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static void reads_back_what_it_wrote(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	buf_u8(&b, 7);
	buf_u16(&b, 0x1234);
	buf_u32(&b, 0xdeadbeef);
	buf_u64(&b, UINT64_MAX - 1);
	buf_u64be(&b, 5);
	buf_blob16(&b, span_str("name"));
	assert_int_equal(buf_ok(&b), ERR_OK);
	struct rd r = RD(buf_span(&b));
	assert_int_equal(rd_u8(&r), 7);
	assert_int_equal(rd_u16(&r), 0x1234);
	assert_int_equal(rd_u32(&r), 0xdeadbeef);
	assert_true(rd_u64(&r) == UINT64_MAX - 1);
	assert_true(rd_u64be(&r) == 5);
	struct span s = rd_blob16(&r);
	assert_int_equal(s.len, 4);
	assert_memory_equal(s.p, "name", 4);
	assert_true(rd_end(&r));
	buf_free(&b);
}

static void short_input_is_sticky(void **state)
{
	(void)state;
	static const uint8_t two[2] = { 1, 2 };
	struct rd r = RD(SPAN(two, 2));
	assert_int_equal(rd_u32(&r), 0);
	assert_true(r.bad);
	assert_int_equal(rd_u8(&r), 0);
	assert_false(rd_end(&r));
	struct rd blob = RD(SPAN(two, 2)); /* says 513 bytes follow */
	assert_null(rd_blob16(&blob).p);
	assert_true(blob.bad);
}

static void too_long_a_blob_is_refused(void **state)
{
	(void)state;
	static char big[70000];
	struct buf b = BUF_INIT;
	buf_blob16(&b, SPAN(big, sizeof(big)));
	assert_int_equal(buf_ok(&b), ERR_NOMEM);
	buf_free(&b);
}

/* The first bytes are compared at once: as memcmp does, wherever they differ, and byte by byte without a sign. */
static void long_spans_order_like_keys(void **state)
{
	uint8_t a[20], b[20];
	(void)state;
	for (size_t i = 0; i < sizeof(a); i++) {
		memset(a, 0x7f, sizeof(a));
		memset(b, 0x7f, sizeof(b));
		a[i] = 0x80;
		for (size_t k = i + 1; k < sizeof(a); k++)
			b[k] = 0xff;
		assert_true(span_cmp(SPAN(a, sizeof(a)), SPAN(b, sizeof(b))) > 0);
		assert_true(span_cmp(SPAN(b, sizeof(b)), SPAN(a, sizeof(a))) < 0);
		assert_int_equal(span_cmp(SPAN(a, sizeof(a)), SPAN(a, sizeof(a))), 0);
		assert_true(span_cmp(SPAN(a, i), SPAN(a, sizeof(a))) < 0);
		assert_true(span_cmp(SPAN(a, sizeof(a)), SPAN(a, i)) > 0);
	}
}

static void spans_order_like_keys(void **state)
{
	(void)state;
	assert_true(span_cmp(span_str("a"), span_str("b")) < 0);
	assert_true(span_cmp(span_str("a"), span_str("ab")) < 0);
	assert_true(span_cmp(SPAN(NULL, 0), span_str("")) == 0);
	assert_true(span_cmp(span_str("\xff"), span_str("a")) > 0);
}

static void hex_is_exact(void **state)
{
	(void)state;
	uint8_t b[2];
	char text[5];
	assert_true(hex_decode("0aff", b, 2));
	hex_encode(b, 2, text);
	assert_string_equal(text, "0aff");
	assert_false(hex_decode("0aFF", b, 2));
	assert_false(hex_decode("0aff0", b, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_it_wrote),   cmocka_unit_test(short_input_is_sticky),
		cmocka_unit_test(too_long_a_blob_is_refused), cmocka_unit_test(spans_order_like_keys),
		cmocka_unit_test(long_spans_order_like_keys), cmocka_unit_test(hex_is_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
