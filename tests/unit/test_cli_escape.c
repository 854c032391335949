/* SPDX-License-Identifier: MIT */
#include "cli/ui/escape.h"
#include "cli/vaults/conf.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static void shows(const char *text, const char *terminal, const char *json)
{
	cleanup_free char *t = escape(text, ESCAPE_TERMINAL), *j = escape(text, ESCAPE_JSON);
	assert_string_equal(t, terminal);
	assert_string_equal(j, json);
}

static void a_terminal_sees_no_control_character(void **state)
{
	(void)state;
	shows("", "", "");
	shows("a b \xc3\xa4 \xf0\x9f\x98\x80 \\n", "a b \xc3\xa4 \xf0\x9f\x98\x80 \\n",
	      "a b \xc3\xa4 \xf0\x9f\x98\x80 \\n");
	shows("a\nb\tc\rd", "a\\nb\\tc\\rd", "a\nb\tc\rd");
	shows("\x1b[31m\x7f\xc2\x9b", "\\x1b[31m\\x7f\\xc2\\x9b", "\x1b[31m\x7f\xc2\x9b");
	shows("\xff\x9b"
	      "1m\xc3",
	      "\\xff\\x9b1m\\xc3", "\\xff\\x9b1m\\xc3");
	shows("\xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80", "\\xed\\xa0\\x80 \\xc0\\xaf \\xf4\\x90\\x80\\x80",
	      "\\xed\\xa0\\x80 \\xc0\\xaf \\xf4\\x90\\x80\\x80");
}

/* any: every byte but NUL, in some order that repeats for a seed. */
static void any(unsigned seed, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245u + 12345u;
		out[i] = (char)(1 + (seed >> 16) % 255);
	}
	out[n] = 0;
}

static void json_gives_the_bytes_back(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 200; seed++) {
		char text[64];
		any(seed, seed % 60, text);
		json_t *j = json_object();
		assert_int_equal(escape_set(j, "path", text), 0);
		char *said = json_dumps(j, 0);
		json_t *again = json_loads(said, 0, NULL);
		cleanup_free char *back = escape_get(again, "path");
		assert_string_equal(back, text);
		free(said);
		json_decref(j);
		json_decref(again);
	}
}

static void what_is_text_has_one_member(void **state)
{
	(void)state;
	json_t *j = json_object();
	assert_int_equal(escape_set(j, "path", "/a\nb\\xff"), 0);
	assert_int_equal(json_object_size(j), 1);
	assert_int_equal(escape_set(j, "path", "/\xff"), 0);
	assert_string_equal(json_string_value(json_object_get(j, "path")), "/\\xff");
	assert_string_equal(json_string_value(json_object_get(j, "path_hex")), "2fff");
	assert_true(escape_is_hex("path_hex") && !escape_is_hex("path") && !escape_is_hex("_hex"));
	json_decref(j);
}

static void damaged_bytes_are_none(void **state)
{
	(void)state;
	static const char *const bad[] = { "{}", "{\"p\":7}", "{\"p\":\"a\",\"p_hex\":\"0\"}",
		                           "{\"p\":\"a\",\"p_hex\":\"zz\"}", "{\"p\":\"a\",\"p_hex\":\"6100\"}" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		json_t *j = json_loads(bad[i], 0, NULL);
		assert_non_null(j);
		assert_null(escape_get(j, "p"));
		json_decref(j);
	}
}

static void settings_keep_any_bytes_of_a_path(void **state)
{
	(void)state;
	cleanup(conf_free) struct conf c = { 0 }, d = { 0 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	assert_int_equal(conf_set(&c, CONF_STORE, "/srv/\xff\n\x1b", NULL), ERR_OK);
	assert_int_equal(conf_set(&c, CONF_MOUNT_POINT, "/m\xc3", NULL), ERR_OK);
	assert_int_equal(conf_encode(&c, &b), ERR_OK);
	assert_int_equal(conf_decode(buf_span(&b), &d, NULL), ERR_OK);
	assert_string_equal(d.text[CONF_STORE], "/srv/\xff\n\x1b");
	assert_string_equal(d.text[CONF_MOUNT_POINT], "/m\xc3");
	assert_int_equal(conf_set(&c, CONF_USER, "a\nb", NULL), ERR_INVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_sees_no_control_character), cmocka_unit_test(json_gives_the_bytes_back),
		cmocka_unit_test(what_is_text_has_one_member),          cmocka_unit_test(damaged_bytes_are_none),
		cmocka_unit_test(settings_keep_any_bytes_of_a_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
