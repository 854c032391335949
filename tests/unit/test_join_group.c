/* SPDX-License-Identifier: MIT
 * Records as groups: one encoding each, everything else is refused, and the join of any two is a join.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_random.h"
#include "util/hex.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_join.h"
#include "vault/join/known.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define S1 "050a0000000000000001" /* stamp (5, 10, 1) */
#define S2 "060a0000000000000001" /* stamp (6, 10, 1) */
#define SZ "00000000000000000000"
#define T "000102030405060708090a0b0c0d0e0f"

/* from_hex: blanks between the digits do not count. */
static void from_hex(const char *hex, struct buf *out)
{
	char digits[4096];
	size_t n = 0;
	for (; *hex; hex++)
		if (*hex != ' ')
			digits[n++] = *hex;
	digits[n] = 0;
	assert_true(hex_decode(digits, buf_extend(out, n / 2), n / 2));
}

static err_t decode_hex(const char *hex)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	from_hex(hex, &b);
	return record_decode(buf_span(&b), &r);
}

static void recode(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	ok(record_decode(in, &r));
	ok(record_encode(&r, &out));
	assert_int_equal(span_cmp(in, buf_span(&out)), 0);
}

static const char *const good[] = {
	"02 01" S1 "01 1401010261 62",                         /* VALUE */
	"02 00 01 14010000",                                   /* VALUE of the zero stamp, empty */
	"02 01" S1 "01 1402 02 000161 00 010161 00",           /* MAP */
	"02 01" S1 "01 1403 01 00",                            /* SCOPED, empty */
	"02 02" S1 S2 "01 1403 01 01 01010200",                /* SCOPED with a VALUE */
	"02 01" S1 "01 1404 01 01" T "01 03010000",            /* VERSION */
	"02 00 02 7f010000 800101 0000",                       /* numbers of one and two bytes */
	"02 00 01 ffff03010000",                               /* the last number */
	"02 00 01 0103 00 01 0103 00 01 0103 00 01 01010000",  /* four lists deep */
	"02 00 01 0103 00 01 0103 00 01 0103 00 01 0103 0000", /* an empty list below that */
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		cleanup(buf_free) struct buf b = BUF_INIT;
		cleanup(record_free) struct record r = RECORD_INIT;
		from_hex(good[i], &b);
		recode(buf_span(&b));
		for (size_t n = 0; n < b.len; n++)
			assert_int_equal(record_decode(SPAN(b.p, n), &r), ERR_DAMAGED);
		buf_u8(&b, 0);
		assert_int_equal(record_decode(buf_span(&b), &r), ERR_DAMAGED);
	}
}

/* Each breaks one rule of what is good otherwise. */
static const char *const bad[] = {
	"00 00 01 14010000",                                             /* version */
	"01 00 01 14010000",                                             /* version */
	"02 01" SZ "01 1401010261 62",                                   /* the zero stamp in the table */
	"02 02" S2 S1 "02 01010100 02010200",                            /* stamps in order */
	"02 02" S1 S1 "02 01010100 02010200",                            /* once each */
	"02 02" S1 S2 "01 01010100",                                     /* each used */
	"02 01 8500 0a00000000000000 01 01 01010100",                    /* lamport as short as can be */
	"02 01 05 0a00000000000000 8100 01 01010100",                    /* n as short as can be */
	"02 01 ffffffffffffffffff02 0a00000000000000 01 01 01010100",    /* lamport over 64 bits */
	"02 01 8080808080808080808001 0a00000000000000 01 01 01010100",  /* eleven bytes */
	"02 01" S1 "01 01010200",                                        /* index over the table */
	"02 01" S1 "01 0101810000",                                      /* index as short as can be */
	"02 8100" S1 "01 01010100",                                      /* count of stamps as short as can be */
	"02 ff01" S1 "01 01010100",                                      /* more stamps than there are bytes */
	"02 00 01 00010000",                                             /* number 0 */
	"02 00 01 80800401 0000",                                        /* number over 16 bits */
	"02 00 02 01010000 80800401",                                    /* the same, and nothing behind it */
	"02 00 01 8100010000",                                           /* number as short as can be */
	"02 00 01 01000000",                                             /* class 0 */
	"02 00 01 01050000",                                             /* class 5 */
	"02 00 02 02010000 01010000",                                    /* numbers in order */
	"02 00 02 01010000 01010000",                                    /* once each */
	"02 00 00",                                                      /* a group */
	"02 00 8100 01010000",                                           /* count of groups as short as can be */
	"02 00 7f 01010000",                                             /* more groups than there are bytes */
	"02 00 01 0101008000",                                           /* length as short as can be */
	"02 00 01 01010001",                                             /* more bytes than there are */
	"02 00 01 0102 00",                                              /* a key of a MAP */
	"02 00 01 0104 00",                                              /* of a VERSION */
	"02 01" S1 "01 1402 02 010161 00 000161 00",                     /* keys by stamp */
	"02 00 01 1402 02 000162 00 000161 00",                          /* keys by bytes */
	"02 00 01 1402 02 000161 00 000161 00",                          /* once each */
	"02 01" S1 "01 1404 02 01" T "00 00" T "00",                     /* versions in order */
	"02 00 01 0103 00 01 0103 00 01 0103 00 01 0103 00 01 01010000", /* five lists deep */
	"02 00 01 0102 01 0000 01 0102 01 0000 01 0102 01 0000 01 0102 01 0000 01 01010000", /* the same with keys */
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (decode_hex(bad[i]) != ERR_DAMAGED)
			fail_msg("accepted: %s", bad[i]);
	assert_int_equal(decode_hex("03 00 01 14010000"), ERR_VERSION);
}

/* of_size: a record of so many bytes. */
static err_t of_size(size_t n, struct buf *out)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	size_t over = 9; /* version, two counts, number, class, stamp, three bytes of length */
	assert_non_null(memset(buf_extend(&bytes, n - over), 1, n - over));
	group_value(&r, 1, STAMP_ZERO, buf_span(&bytes));
	return record_encode(&r, out);
}

/* A limit for commits, not for what they join to. */
static void test_limit(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf out = BUF_INIT, joined = BUF_INIT, other = BUF_INIT;
	ok(of_size(RECORD_MAX, &out));
	assert_int_equal(out.len, RECORD_MAX);
	ok(known_check(span_str("\x4f"), buf_span(&out)));
	from_hex("02 00 01 02010000", &other);
	ok(record_join(buf_span(&out), buf_span(&other), &joined));
	assert_true(joined.len > RECORD_MAX);
	recode(buf_span(&joined));
	assert_int_equal(known_check(span_str("\x4f"), buf_span(&joined)), ERR_LIMIT);
}

/* An encoder handed what the format cannot hold refuses. */
static void test_encoder_refuses(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(record_free) struct record none = RECORD_INIT, order = RECORD_INIT, map = RECORD_INIT,
	                                   deep = RECORD_INIT;
	assert_int_equal(record_encode(&none, &out), ERR_INVAL);
	group_value(&order, 2, STAMP_ZERO, SPAN(NULL, 0));
	group_value(&order, 1, STAMP_ZERO, SPAN(NULL, 0));
	assert_int_equal(record_encode(&order, &out), ERR_INVAL);
	group_close(&map, group_open(&map, 1, GROUP_MAP, STAMP_ZERO));
	assert_int_equal(record_encode(&map, &out), ERR_INVAL);
	size_t opened[4];
	for (size_t i = 0; i < 4; i++)
		opened[i] = group_open(&deep, 1, GROUP_SCOPED, STAMP_ZERO);
	group_value(&deep, 1, STAMP_ZERO, SPAN(NULL, 0));
	for (size_t i = 4; i--;)
		group_close(&deep, opened[i]);
	assert_int_equal(record_encode(&deep, &out), ERR_INVAL);
	assert_int_equal(out.len, 0);
}

/* joined: in hexadecimal, both ways. */
static void joined(const char *a, const char *b, const char *sum)
{
	cleanup(buf_free) struct buf x = BUF_INIT, y = BUF_INIT, z = BUF_INIT, out = BUF_INIT;
	from_hex(a, &x);
	from_hex(b, &y);
	from_hex(sum, &z);
	ok(record_join(buf_span(&x), buf_span(&y), &out));
	assert_int_equal(span_cmp(buf_span(&out), buf_span(&z)), 0);
	ok(record_join(buf_span(&y), buf_span(&x), &out));
	assert_int_equal(span_cmp(buf_span(&out), buf_span(&z)), 0);
}

static void test_each_class(void **state)
{
	(void)state;
	/* the greater stamp; the same stamp: greater bytes, of which one may begin the other */
	joined("02 01" S1 "01 0101010162", "02 01" S2 "01 0101010161", "02 01" S2 "01 0101010161");
	joined("02 01" S1 "01 0101010161", "02 01" S1 "01 0101010162", "02 01" S1 "01 0101010162");
	joined("02 01" S1 "01 0101010161", "02 01" S1 "01 010101026161", "02 01" S1 "01 010101026161");
	/* keys of both; what is under one key joins */
	joined("02 00 01 0102 01 000161 00", "02 00 01 0102 01 000162 00", "02 00 01 0102 02 000161 00 000162 00");
	joined("02 00 01 0102 01 000161 01 01010000", "02 00 01 0102 01 000161 01 02010000",
	       "02 00 01 0102 01 000161 02 01010000 02010000");
	/* the greater scope with all that is in it; in one scope the groups join */
	joined("02 01" S1 "01 0103 01 01 01010000", "02 01" S2 "01 0103 01 01 02010000",
	       "02 01" S2 "01 0103 01 01 02010000");
	joined("02 01" S1 "01 0103 01 01 01010000", "02 01" S1 "01 0103 01 01 02010000",
	       "02 01" S1 "01 0103 01 02 01010000 02010000");
	joined("02 00 01 0104 01 00" T "00", "02 00 01 0104 01 00" T "01 01010000",
	       "02 00 01 0104 01 00" T "01 01010000");
	/* groups of both; of two classes the greater */
	joined("02 00 01 01010000", "02 00 01 02010000", "02 00 02 01010000 02010000");
	joined("02 01" S1 "01 01010100", "02 00 01 010300 00", "02 00 01 010300 00");
}

/* A stamp that nothing uses any more leaves the table. */
static void test_table_shrinks(void **state)
{
	(void)state;
	joined("02 02" S1 S2 "01 0103 01 01 01010200", "02 01 07 0a00000000000000 01 01 0103 01 00",
	       "02 01 07 0a00000000000000 01 01 0103 01 00");
}

static void random_value(uint64_t *s, struct buf *out)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	random_record(s, &r);
	assert_false(r.failed);
	buf_clear(out);
	ok(record_encode(&r, out));
}

static bool same(const struct buf *a, const struct buf *b)
{
	return span_cmp(buf_span(a), buf_span(b)) == 0;
}

static void join(const struct buf *a, const struct buf *b, struct buf *out)
{
	ok(record_join(buf_span(a), buf_span(b), out));
}

struct three {
	struct buf a, b, c;
};

static void three_free(struct three *t)
{
	buf_free(&t->a);
	buf_free(&t->b);
	buf_free(&t->c);
}

static void check_laws(const struct three *t)
{
	cleanup(buf_free) struct buf ab = BUF_INIT, ba = BUF_INIT, bc = BUF_INIT, left = BUF_INIT, right = BUF_INIT;
	join(&t->a, &t->b, &ab);
	join(&t->b, &t->a, &ba);
	assert_true(same(&ab, &ba));
	join(&t->b, &t->c, &bc);
	join(&ab, &t->c, &left);
	join(&t->a, &bc, &right);
	assert_true(same(&left, &right));
	join(&t->a, &t->a, &right);
	assert_true(same(&right, &t->a));
	join(&ab, &t->a, &right);
	assert_true(same(&right, &ab));
	recode(buf_span(&ab));
}

/* The difference is enough, and it is the least: whatever else does the same says it, too. */
static void check_delta(const struct three *t)
{
	cleanup(buf_free) struct buf ab = BUF_INIT, d = BUF_INIT, sum = BUF_INIT;
	join(&t->a, &t->b, &ab);
	ok(record_delta(buf_span(&t->a), buf_span(&ab), &d));
	assert_int_equal(d.len == 0, same(&t->a, &ab));
	join(&t->a, &d, &sum);
	assert_true(same(&sum, &ab));
	join(&d, &t->b, &sum);
	assert_true(same(&sum, &t->b));
	ok(record_delta(buf_span(&ab), buf_span(&ab), &d));
	assert_int_equal(d.len, 0);
	if (!same(&t->a, &ab))
		assert_int_equal(record_delta(buf_span(&ab), buf_span(&t->a), &d), ERR_INVAL);
}

static void test_laws(void **state)
{
	(void)state;
	uint64_t s = random_seed();
	cleanup(three_free) struct three t = { 0 };
	for (unsigned i = random_rounds(20000, 1000000); i; i--) {
		random_value(&s, &t.a);
		random_value(&s, &t.b);
		random_value(&s, &t.c);
		check_laws(&t);
		check_delta(&t);
	}
}

/* Whatever is done to the bytes of a record: it is refused, or it is one, in its only encoding. */
static void test_damage(void **state)
{
	(void)state;
	uint64_t s = random_seed();
	cleanup(buf_free) struct buf v = BUF_INIT, out = BUF_INIT;
	for (unsigned i = random_rounds(20000, 1000000); i; i--) {
		cleanup(record_free) struct record r = RECORD_INIT;
		random_value(&s, &v);
		for (unsigned n = 1 + random_u64(&s) % 3; n; n--)
			v.p[random_u64(&s) % v.len] = (uint8_t)(random_u64(&s) >> 32) & 0x83;
		err_t e = record_decode(buf_span(&v), &r);
		assert_true(e == ERR_OK || e == ERR_DAMAGED || e == ERR_VERSION);
		if (e)
			continue;
		buf_clear(&out);
		ok(record_encode(&r, &out));
		assert_true(same(&out, &v));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),       cmocka_unit_test(test_bad),
		cmocka_unit_test(test_limit),      cmocka_unit_test(test_encoder_refuses),
		cmocka_unit_test(test_each_class), cmocka_unit_test(test_table_shrinks),
		cmocka_unit_test(test_laws),       cmocka_unit_test(test_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
