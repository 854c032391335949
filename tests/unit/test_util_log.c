/* SPDX-License-Identifier: MIT
 * Log levels by area, and what a line looks like.
 */
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <regex.h>
#include <string.h>

static const char *parsed(const char *text, struct log_levels *l)
{
	static struct why why;
	why = (struct why){ 0 };
	return log_levels_parse(text, l, &why) ? why.text : NULL;
}

static void a_list_sets_the_areas_it_names(void **state)
{
	(void)state;
	struct log_levels l = log_levels_all(LOG_INFO);
	assert_null(parsed("sync=debug,fs=warn", &l));
	for (int a = 0; a < LOG_AREAS; a++)
		if (a != AREA_SYNC && a != AREA_FS)
			assert_int_equal(l.of[a], LOG_INFO);
	assert_int_equal(l.of[AREA_SYNC], LOG_DEBUG);
	assert_int_equal(l.of[AREA_FS], LOG_WARN);
	assert_null(parsed("error", &l));
	for (int a = 0; a < LOG_AREAS; a++)
		assert_int_equal(l.of[a], LOG_ERROR);
	assert_null(parsed("util=info,debug,cli=warning,cli=error", &l));
	for (int a = 0; a < LOG_AREAS; a++)
		assert_int_equal(l.of[a], a == AREA_CLI ? LOG_ERROR : LOG_DEBUG);
}

static void every_area_has_a_word(void **state)
{
	static const char *const words[] = { "util", "crypto", "remote", "cache", "vault", "sync", "fs", "cli" };
	(void)state;
	for (int a = 0; a < LOG_AREAS; a++) {
		char text[32];
		struct log_levels l = log_levels_all(LOG_WARN);
		snprintf(text, sizeof(text), "%s=debug", words[a]);
		assert_null(parsed(text, &l));
		for (int b = 0; b < LOG_AREAS; b++)
			assert_int_equal(l.of[b], a == b ? LOG_DEBUG : LOG_WARN);
	}
}

static void a_bad_list_changes_nothing_and_says_the_word(void **state)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{ "", "'' is no level" },
		{ "loud", "'loud' is no level" },
		{ "fs=", "'' is no level" },
		{ "fs=loud", "'loud' is no level" },
		{ "sync=debug,", "'' is no level" },
		{ ",sync=debug", "'' is no level" },
		{ "sync=debug,map=debug", "'map' is no area" },
		{ "=debug", "'' is no area" },
		{ "sync=debug=warn", "'debug=warn' is no level" },
		{ "Debug", "'Debug' is no level" },
		{ "sync=debug, fs=warn", "' fs' is no area" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct log_levels l = log_levels_all(LOG_INFO), before = l;
		const char *said = parsed(bad[i].text, &l);
		assert_non_null(said);
		if (!strstr(said, bad[i].said))
			fail_msg("'%s' for '%s'", said, bad[i].text);
		assert_memory_equal(&l, &before, sizeof(l));
	}
}

/* written: what fn's lines are. Free it. */
static char *written(const char *levels, void (*fn)(void))
{
	int p[2];
	struct log_levels l = log_levels_all(LOG_ERROR);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_null(parsed(levels, &l));
	log_to(l, p[1]);
	fn();
	log_to(log_levels_all(LOG_WARN), 2);
	close(p[1]);
	char *text = calloc(1, 65536);
	assert_non_null(text);
	assert_true(read(p[0], text, 65535) >= 0);
	close(p[0]);
	return text;
}

static void assert_matches(const char *text, const char *pattern)
{
	regex_t r;
	assert_int_equal(regcomp(&r, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&r, text, 0, NULL, 0))
		fail_msg("no '%s' in: %s", pattern, text);
	regfree(&r);
}

static void of_each_level(void)
{
	log_debug(AREA_SYNC, "sd");
	log_debug(AREA_FS, "fd");
	log_warn(AREA_FS, "fw");
	log_error(AREA_FS, "fe");
	log_error(AREA_CLI, "ce");
	log_warn(AREA_CLI, "cw");
}

static void an_area_is_heard_as_loud_as_it_was_set(void **state)
{
	(void)state;
	cleanup_free char *text = written("error,sync=debug,fs=warn", of_each_level);
	assert_matches(text, "^[^\n]* debug sync [^\n]*: sd\n[^\n]* warning fs [^\n]*: fw\n[^\n]* error fs [^\n]*: fe\n"
	                     "[^\n]* error cli [^\n]*: ce\n$");
}

static void with_bytes_of_others(void)
{
	log_error(AREA_UTIL, "a\nb\033[2J\x7f\xc2\x9b"
	                     "2J\xc2\xa0\xc3\x9b");
}

static void no_line_can_be_forged(void **state)
{
	(void)state;
	cleanup_free char *text = written("error", with_bytes_of_others);
	assert_matches(text, ": a\\?b\\?\\[2J\\?\\?\\?2J\xc2\xa0\xc3\x9b\n$");
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void a_very_long_one(void)
{
	char many[4000];
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = 0;
	log_error(AREA_UTIL, "%s", many);
}

static void a_long_line_is_cut_and_ends(void **state)
{
	(void)state;
	cleanup_free char *text = written("error", a_very_long_one);
	assert_int_equal(strlen(text), 1023);
	assert_matches(text, "xxx\n$");
}

static void with_an_inode(void)
{
	log_error(AREA_FS, LOG_INO ": gone", (uint64_t)1 << 40);
}

static void a_line_has_its_form(void **state)
{
	(void)state;
	cleanup_free char *text = written("error", with_an_inode);
	assert_matches(text, "^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
	                     "error fs unit-util_log: inode 1099511627776: gone\n$");
}

static void *completes(void *operation)
{
	process_name_thread("completion");
	log_error(AREA_FS, "no operation yet");
	log_operation_as(*(uint64_t *)operation);
	log_error(AREA_FS, "completed");
	return NULL;
}

static void in_operations(void)
{
	pthread_t t;
	log_error(AREA_FS, "outside");
	{
		log_operation();
		log_error(AREA_FS, "outer");
		{
			log_operation();
			log_error(AREA_FS, "inner");
		}
		uint64_t operation = log_operation_number();
		log_error(AREA_FS, "outer again");
		assert_int_equal(pthread_create(&t, NULL, completes, &operation), 0);
		assert_int_equal(pthread_join(t, NULL), 0);
	}
	log_error(AREA_FS, "outside again");
}

static void a_line_says_the_operation_it_belongs_to(void **state)
{
	(void)state;
	assert_int_equal(log_operation_number(), 0);
	cleanup_free char *text = written("error", in_operations);
	assert_matches(text,
	               "fs unit-util_log: outside\n[^\n]*fs unit-util_log #1: outer\n[^\n]*fs unit-util_log #2: inner\n"
	               "[^\n]*fs unit-util_log #1: outer again\n[^\n]*fs completion: no operation yet\n"
	               "[^\n]*fs completion #1: completed\n[^\n]*fs unit-util_log: outside again\n$");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_sets_the_areas_it_names),
		cmocka_unit_test(every_area_has_a_word),
		cmocka_unit_test(a_bad_list_changes_nothing_and_says_the_word),
		cmocka_unit_test(an_area_is_heard_as_loud_as_it_was_set),
		cmocka_unit_test(no_line_can_be_forged),
		cmocka_unit_test(a_long_line_is_cut_and_ends),
		cmocka_unit_test(a_line_has_its_form),
		cmocka_unit_test(a_line_says_the_operation_it_belongs_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
