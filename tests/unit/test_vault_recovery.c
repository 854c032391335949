/* SPDX-License-Identifier: MIT
 * The recovery key as people type it.
 */
#include "util/cleanup.h"
#include "vault/keys/recovery.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define LEN 41 /* 7 groups of 5, 6 dashes */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void text_of(uint8_t fill, char out[LEN + 1])
{
	uint8_t secret[16];
	char *text = NULL;
	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = (uint8_t)(fill * 37 + i * 91 * fill);
	assert_int_equal(recovery_encode(secret, &text), ERR_OK);
	assert_int_equal(strlen(text), LEN);
	strcpy(out, text);
	secret_free(text);
}

static void assert_mistyped(const char *text, size_t group)
{
	uint8_t secret[16] = { 42 };
	char want[32];
	struct why why = { 0 };
	snprintf(want, sizeof(want), "group %zu is mistyped", group);
	if (recovery_decode(text, secret, &why) != ERR_INVAL || strncmp(why.text, want, strlen(want)))
		fail_msg("%s: %s, not %s", text, why.text, want);
	assert_int_equal(secret[0], 42); /* untouched */
}

static void comes_back_as_it_was(void **state)
{
	(void)state;
	for (int fill = 0; fill < 256; fill++) {
		uint8_t secret[16], got[16];
		char *text = NULL;
		memset(secret, fill, sizeof(secret));
		secret[15] ^= 0x81;
		assert_int_equal(recovery_encode(secret, &text), ERR_OK);
		for (const char *p = text; *p; p++)
			assert_true(*p == '-' || strchr(alphabet, *p));
		assert_int_equal(recovery_decode(text, got, NULL), ERR_OK);
		assert_memory_equal(got, secret, sizeof(got));
		secret_free(text);
	}
}

static void every_wrong_character_names_its_group(void **state)
{
	(void)state;
	for (uint8_t fill = 0; fill < 4; fill++) {
		char good[LEN + 1], bad[LEN + 1];
		text_of(fill, good);
		for (size_t i = 0; i < LEN; i++)
			for (const char *c = alphabet; good[i] != '-' && *c; c++) {
				if (*c == good[i])
					continue;
				strcpy(bad, good);
				bad[i] = *c;
				assert_mistyped(bad, i / 6 + 1);
			}
	}
}

static void every_swap_within_a_group_names_it(void **state)
{
	(void)state;
	size_t swaps = 0;
	for (uint8_t fill = 0; fill < 16; fill++) {
		char good[LEN + 1], bad[LEN + 1];
		text_of(fill, good);
		for (size_t i = 0; i < LEN; i++)
			for (size_t j = i + 1; j < LEN && j / 6 == i / 6; j++) {
				if (good[i] == '-' || good[j] == '-' || good[i] == good[j])
					continue;
				strcpy(bad, good);
				bad[i] = good[j];
				bad[j] = good[i];
				assert_mistyped(bad, i / 6 + 1);
				swaps++;
			}
	}
	assert_true(swaps > 500);
}

static void swapped_groups_are_found(void **state)
{
	(void)state;
	char good[LEN + 1], bad[LEN + 1];
	text_of(3, good);
	for (size_t a = 0; a < 7; a++)
		for (size_t b = a + 1; b < 7; b++) {
			strcpy(bad, good);
			memcpy(bad + a * 6, good + b * 6, 5);
			memcpy(bad + b * 6, good + a * 6, 5);
			assert_mistyped(bad, a + 1);
		}
}

/* A group replaced by another valid one passes its own check, not the one over all. */
static void two_errors_that_cancel_out_are_found(void **state)
{
	(void)state;
	char a[LEN + 1], b[LEN + 1];
	uint8_t secret[16];
	struct why why = { 0 };
	text_of(3, a);
	text_of(4, b);
	memcpy(a + 12, b + 12, 5);
	assert_int_equal(recovery_decode(a, secret, &why), ERR_INVAL);
	assert_non_null(strstr(why.text, "more than one character"));
}

static void case_look_alikes_and_separators_are_forgiven(void **state)
{
	(void)state;
	for (uint8_t fill = 0; fill < 64; fill++) {
		char good[LEN + 1], typed[4 * LEN] = "  ";
		uint8_t want[16], got[16];
		text_of(fill, good);
		assert_int_equal(recovery_decode(good, want, NULL), ERR_OK);
		for (int style = 0; style < 5; style++) {
			static const char *const sep[] = { "", " ", " _ ", "\xe2\x80\x93", "\xc2\xa0\n" };
			char *to = typed + 2;
			for (const char *p = good; *p; p++) {
				if (*p == '-')
					to = stpcpy(to, sep[style]);
				else if (*p == '0')
					*to++ = style % 2 ? 'o' : 'O';
				else if (*p == '1')
					*to++ = "IiLl1"[style];
				else
					*to++ = (char)(style % 2 ? tolower(*p) : *p);
			}
			strcpy(to, "\n");
			assert_int_equal(recovery_decode(typed, got, NULL), ERR_OK);
			assert_memory_equal(got, want, sizeof(got));
		}
	}
}

static void a_lost_or_added_character_names_its_group(void **state)
{
	(void)state;
	char good[LEN + 1], bad[LEN + 2];
	text_of(5, good);
	for (size_t i = 0; i < LEN; i++) {
		if (good[i] == '-')
			continue;
		memcpy(bad, good, i);
		strcpy(bad + i, good + i + 1);
		assert_mistyped(bad, i / 6 + 1);
		memcpy(bad, good, i);
		bad[i] = 'A';
		strcpy(bad + i + 1, good + i);
		assert_mistyped(bad, i / 6 + 1);
	}
}

static void what_is_no_key_at_all_is_refused(void **state)
{
	(void)state;
	char good[LEN + 1], twice[2 * LEN + 2];
	uint8_t secret[16];
	struct why why = { 0 };
	text_of(5, good);
	snprintf(twice, sizeof(twice), "%s %s", good, good);
	assert_int_equal(recovery_decode(twice, secret, &why), ERR_INVAL);
	assert_non_null(strstr(why.text, "35 characters"));
	assert_int_equal(recovery_decode("", secret, NULL), ERR_INVAL);
	assert_int_equal(recovery_decode("\xe2\x80", secret, NULL), ERR_INVAL);
	good[13] = 'U'; /* not in the alphabet */
	assert_mistyped(good, 3);
	good[13] = (char)0xc3;
	assert_mistyped(good, 3);
}

/* Each of its groups has another check: neither is taken for the other, mistyped or not. */
static void a_code_is_no_key(void **state)
{
	(void)state;
	uint8_t secret[16] = { 1, 2, 3 }, got[16];
	char *key = NULL, *code = NULL;
	struct why why = { 0 };
	assert_int_equal(recovery_encode(secret, &key), ERR_OK);
	assert_int_equal(recovery_code_encode(secret, &code), ERR_OK);
	for (size_t i = 0; i < LEN; i++)
		assert_true((key[i] == code[i]) == (i % 6 != 4));
	assert_int_equal(recovery_code_decode(code, got, NULL), ERR_OK);
	assert_memory_equal(got, secret, sizeof(got));
	assert_int_equal(recovery_decode(code, got, &why), ERR_INVAL);
	assert_string_equal(why.text, "this is the code of an invitation, not a recovery key");
	why.text[0] = 0;
	assert_int_equal(recovery_code_decode(key, got, &why), ERR_INVAL);
	assert_string_equal(why.text, "this is a recovery key, not the code of an invitation");
	why.text[0] = 0;
	code[13] = code[13] == 'A' ? 'B' : 'A';
	assert_int_equal(recovery_code_decode(code, got, &why), ERR_INVAL);
	assert_string_equal(why.text, "group 3 is mistyped");
	secret_free(key);
	secret_free(code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(every_wrong_character_names_its_group),
		cmocka_unit_test(every_swap_within_a_group_names_it),
		cmocka_unit_test(swapped_groups_are_found),
		cmocka_unit_test(two_errors_that_cancel_out_are_found),
		cmocka_unit_test(case_look_alikes_and_separators_are_forgiven),
		cmocka_unit_test(a_lost_or_added_character_names_its_group),
		cmocka_unit_test(what_is_no_key_at_all_is_refused),
		cmocka_unit_test(a_code_is_no_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
