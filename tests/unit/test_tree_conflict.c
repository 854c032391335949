/* SPDX-License-Identifier: MIT
 * Conflict names: how they are made, and what they tell of the name that they were made of.
 */
#include "util/cleanup.h"
#include "vault/tree/conflict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

static void named(const char *recorded, unsigned counter, const char *text)
{
	struct name n;
	conflict_name(span_str(recorded), "A 1", counter, &n);
	assert_int_equal(span_cmp(SPAN(n.b, n.len), span_str(text)), 0);
	assert_int_equal(conflict_counter(span_str(recorded), "A 1", span_str(text)), counter);
}

static void conflict_names(void **state)
{
	(void)state;
	named("a", 1, "a (conflict A 1)");
	named("a.txt", 3, "a (conflict A 1) 3.txt");
	named("a.tar.gz", 1, "a (conflict A 1).tar.gz");
	named("v1.2.txt", 1, "v1.2 (conflict A 1).txt");
	named(".bashrc", 1, ".bashrc (conflict A 1)");
	named(".config.json", 1, ".config (conflict A 1).json");
	named("Mr. Smith and others", 1, "Mr. Smith and others (conflict A 1)");
	named("a (conflict B 7) 2.txt", 1, "a (conflict A 1).txt");
	named("a (conflict desk top 2026-11-24 10.15.03)", 2, "a (conflict A 1) 2");
	named("a.tar (conflict B 7).gz", 1, "a.tar (conflict A 1).gz");
	named("a (conflict B 7).b.c.txt", 1, "a (conflict B 7).b (conflict A 1).c.txt");
	named("a (conflict of interests).txt", 1, "a (conflict of interests) (conflict A 1).txt");
	assert_int_equal(conflict_counter(span_str("a"), "A 1", span_str("a (conflict A 1) 02")), 0);
	assert_int_equal(conflict_counter(span_str("a"), "A 1", span_str("a")), 0);
	char name[256];
	memset(name, 'x', 255);
	memcpy(name + 236, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 8); /* two characters of four bytes */
	name[255] = 0;
	struct name n;
	conflict_name(span_str(name), "A 1", 1, &n);
	assert_int_equal(n.len, 236 + 4 + strlen(" (conflict A 1)")); /* 240 would be room for one byte less */
	conflict_name(span_str(name), "A 12", 1, &n);
	assert_int_equal(n.len, 236 + strlen(" (conflict A 12)"));
}

static void who_is_named(void **state)
{
	(void)state;
	char out[CONFLICT_WHO];
	conflict_who(span_str("my/desk(top)\n"), 1795515303, out);
	assert_string_equal(out, "my_desk_top__ 2026-11-24 10.15.03");
	conflict_who(span_str("ööööööööööööööööööööö"), INT64_MIN, out);
	assert_string_equal(out, "öööööööööööööööööööö 1970-01-01 00.00.00");
	conflict_who(span_str(""), INT64_MAX, out);
	assert_string_equal(out, " 9999-12-31 23.59.59");
}

static uint64_t next(uint64_t *r)
{
	*r ^= *r << 13;
	*r ^= *r >> 7;
	*r ^= *r << 17;
	return *r;
}

/* Pieces that are cut, left out, or look as if they were to be. */
static struct name some_name(uint64_t *r)
{
	static const char *const pieces[] = {
		"a",
		" (conflict ",
		" (conflict A 1)",
		" 2",
		".",
		".tar",
		".gz",
		")",
		"(",
		" ",
		"\xc3\xb6",
		"\x80",
		"A 1)",
		"0123456789",
		".5 2)",
		"long enough to be cut before it ends, in this place or in that one, as it comes"
	};
	struct name n = { 0 };
	for (uint64_t left = next(r) % 24; left; left--) {
		const char *piece = pieces[next(r) % ARRAY_LEN(pieces)];
		size_t len = MIN(strlen(piece), (size_t)(NAME_BYTES - n.len));
		memcpy(n.b + n.len, piece, len);
		n.len = (uint8_t)(n.len + len);
	}
	return n;
}

static void a_conflict_name_has_the_base_of_the_recorded_one(void **state)
{
	(void)state;
	uint64_t r = 1;
	static const unsigned counters[] = { 1, 2, 10, 4294967295 };
	for (int i = 0; i < 100000; i++) {
		struct name recorded = some_name(&r), made, base, want;
		char who[CONFLICT_WHO];
		struct name device = some_name(&r);
		conflict_who(SPAN(device.b, device.len), (int64_t)next(&r), who);
		conflict_name(SPAN(recorded.b, recorded.len), who, counters[next(&r) % 4], &made);
		conflict_base(SPAN(recorded.b, recorded.len), &want);
		conflict_base(SPAN(made.b, made.len), &base);
		assert_int_equal(name_cmp(&base, &want), 0);
		assert_true(conflict_marked(SPAN(made.b, made.len)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conflict_names),
		cmocka_unit_test(who_is_named),
		cmocka_unit_test(a_conflict_name_has_the_base_of_the_recorded_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
