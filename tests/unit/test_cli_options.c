/* SPDX-License-Identifier: MIT */
#include "cli/ui/exit.h"
#include "cli/ui/nearest.h"
#include "cli/ui/options.h"
#include "cli/ui/progress.h"
#include "cli/ui/units.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define PARSE(command, o, why, ...)                                                                                    \
	({                                                                                                             \
		const char *argv_[] = { __VA_ARGS__ };                                                                 \
		options_parse(command, (int)ARRAY_LEN(argv_), argv_, o, why);                                          \
	})

static void options_stand_anywhere(void **state)
{
	(void)state;
	struct options o;
	assert_int_equal(PARSE(CMD_MOUNT, &o, NULL, "demo", "-f", "--passfile", "p", "dir", "--passfd=7"), ERR_OK);
	assert_int_equal(o.nargs, 2);
	assert_string_equal(o.args[0], "demo");
	assert_string_equal(o.args[1], "dir");
	assert_true(o.foreground);
	assert_string_equal(o.secret.passfile, "p");
	assert_int_equal(o.secret.passfd, 7);
}

static void short_value_may_be_attached(void **state)
{
	(void)state;
	struct options o;
	assert_int_equal(PARSE(CMD_INIT, &o, NULL, "-nwork", "/x"), ERR_OK);
	assert_string_equal(o.name, "work");
	assert_int_equal(PARSE(CMD_INIT, &o, NULL, "-n", "work", "/x"), ERR_OK);
	assert_string_equal(o.name, "work");
	assert_int_equal(o.secret.passfd, -1);
}

static void two_dashes_end_the_options(void **state)
{
	(void)state;
	struct options o;
	assert_int_equal(PARSE(CMD_LOCK, &o, NULL, "--", "--lazy"), ERR_OK);
	assert_string_equal(o.args[0], "--lazy");
	assert_false(o.lazy);
}

static void bad_options_give_a_sentence(void **state)
{
	(void)state;
	static const struct {
		const char *word, *says;
	} bad[] = {
		{ "--nonsense", "unknown option --nonsense (--help lists them)" },
		{ "--nonsense=1", "unknown option --nonsense (--help lists them)" },
		{ "--recovery", "unknown option --recovery (--help lists them)" }, /* of join, not of sync */
		{ "--timeout", "--timeout needs a value" },
		{ "--timeout=x", "--timeout: 'x' is not a whole number" },
		{ "--timeout=-1", "--timeout: '-1' is not a whole number" },
		{ "--timeout=99999999999", "--timeout: '99999999999' is not a whole number" },
		{ "--help=1", "--help takes no value" },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct options o;
		struct why why = { 0 };
		const char *argv[] = { bad[i].word };
		assert_int_equal(options_parse(CMD_SYNC, 1, argv, &o, &why), ERR_INVAL);
		assert_string_equal(why.text, bad[i].says);
	}
	struct options o;
	assert_int_equal(PARSE(CMD_SYNC, &o, NULL, "a", "b", "c", "d", "e"), ERR_INVAL);
}

static void sizes_and_times_read_as_people_write_them(void **state)
{
	(void)state;
	uint64_t v;
	assert_true(units_parse_size("10G", &v) && v == 10ull << 30);
	assert_true(units_parse_size("1.5M", &v) && v == 3u << 19);
	assert_true(units_parse_size("500 KiB", &v) && v == 500u << 10);
	assert_true(units_parse_size("2MiB/s", &v) && v == 2u << 20);
	assert_true(units_parse_size("0", &v) && v == 0);
	static const char *const bad[] = { "", "-1", "1X", "inf", "nan", "1e5", "1.2.3", "99999999999P", "G", " 1" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(units_parse_size(bad[i], &v));
	assert_true(units_parse_ms("500ms", &v) && v == 500);
	assert_true(units_parse_ms("30", &v) && v == 30000);
	assert_true(units_parse_ms("5m", &v) && v == 300000);
	assert_false(units_parse_ms("5y", &v));
	static const struct {
		uint64_t ms;
		const char *text;
	} times[] = { { 1000, "1 s" },     { 86400000, "1 day" }, { 172800000, "2 days" }, { 3600000, "1 h" },
		      { 300000, "5 min" }, { 90000, "90 s" },     { 1500, "1500 ms" },     { 100, "100 ms" } };
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		char shown[32];
		units_ms(times[i].ms, shown, sizeof(shown));
		assert_string_equal(shown, times[i].text);
		assert_true(units_parse_ms(shown, &v) && v == times[i].ms);
	}
	char text[32];
	units_size(1, text, sizeof(text));
	assert_string_equal(text, "1 byte");
	units_size(1536, text, sizeof(text));
	assert_string_equal(text, "1.5 KiB");
	units_seconds(200, text, sizeof(text));
	assert_string_equal(text, "3 min 20 s");
}

static void every_error_has_an_exit_code_and_a_text(void **state)
{
	(void)state;
	assert_int_equal(exit_of(ERR_OK), EXIT_OK);
	for (int e = ERR_OK + 1; e < ERR_COUNT_; e++)
		assert_int_not_equal(exit_of((err_t)e), EXIT_OK);
	cleanup_free char *table = NULL;
	size_t n;
	FILE *to = open_memstream(&table, &n);
	exit_print_table(to);
	assert_int_equal(fclose(to), 0);
	assert_null(strstr(table, "(null)"));
	assert_int_equal(exit_of(ERR_STOREFULL), EXIT_STOREFULL);
	assert_int_equal(exit_of(ERR_WRONGKEY), EXIT_WRONGKEY);
}

static void progress_fits_the_terminal(void **state)
{
	(void)state;
	char line[256];
	progress_line("uploading", &(struct progress_amounts){ 1u << 20, 4u << 20, 1u << 20 }, 200, line, sizeof(line));
	assert_string_equal(line, "uploading [######..................] 1.0 MiB of 4.0 MiB, 1.0 MiB/s, left: 4 s");
	progress_line("uploading", &(struct progress_amounts){ 9, 4, 0 }, 200, line,
	              sizeof(line)); /* more than promised */
	assert_non_null(strstr(line, "[########################]"));
	progress_line("uploading", &(struct progress_amounts){ 1, 4, 1 }, 20, line, sizeof(line));
	assert_int_equal(strlen(line), 20);
}

static void assert_nearest(const char *typed, const char *want)
{
	static const char *const names[] = { "mount", "lock", "list", "unpin", "pin", "cache-limit" };
	struct nearest n = nearest_to(typed, strlen(typed));
	char hint[NEAREST_HINT_MAX], wanted[NEAREST_HINT_MAX];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		nearest_try(&n, names[i]);
	snprintf(wanted, sizeof(wanted), *want ? "; did you mean %s?" : "%s", want);
	assert_string_equal(nearest_hint(&n, hint, sizeof(hint)), wanted);
}

static void what_was_meant(void **state)
{
	static const char *const slips[][2] = {
		{ "mont", "mount" },
		{ "muont", "mount" },
		{ "mounted", "mount" },
		{ "lick", "lock" },
		{ "ca", "cache-limit" },
		{ "upnin", "unpin" },
		{ "cachelimt", "cache-limit" },
		{ "frobnicate", "" },
		{ "", "" },
		{ "x", "" },
	};
	char longest[200];
	(void)state;
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++)
		assert_nearest(slips[i][0], slips[i][1]);
	memset(longest, 'm', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_nearest(longest, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(short_value_may_be_attached),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(bad_options_give_a_sentence),
		cmocka_unit_test(sizes_and_times_read_as_people_write_them),
		cmocka_unit_test(every_error_has_an_exit_code_and_a_text),
		cmocka_unit_test(progress_fits_the_terminal),
		cmocka_unit_test(what_was_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
