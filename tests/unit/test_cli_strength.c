/* SPDX-License-Identifier: MIT
 * Which passphrases may be portable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the three above first */
#include <stdlib.h>

#include <cmocka.h>

#include "cli/secrets/strength.h"

static unsigned bits(const char *text)
{
	unsigned ret;
	assert_int_equal(strength_bits(span_str(text), &ret), ERR_OK);
	return ret;
}

static unsigned runs(const char *text)
{
	return strength_runs(span_str(text));
}

static void what_is_tried_first_is_weak(void **state)
{
	(void)state;
	static const char *const weak[] = { "",
		                            "a",
		                            "password",
		                            "Passw0rd2024!",
		                            "12345678",
		                            "1234567890",
		                            "aaaaaaaaaaaaaaaaaaaaaaaa",
		                            "abcdefghijklmnop",
		                            "qwerty123!",
		                            "Summer-2024",
		                            "correct horse",
		                            "P@$$w0rd!",
		                            "19731231",
		                            "tr0ub4dor&3" };
	for (size_t i = 0; i < sizeof(weak) / sizeof(*weak); i++)
		if (bits(weak[i]) >= STRENGTH_PORTABLE)
			fail_msg("'%s' has %u bits", weak[i], bits(weak[i]));
}

static void words_and_chance_are_strong(void **state)
{
	(void)state;
	static const char *const strong[] = { "correct horse battery staple",
		                              "correct-horse-battery",
		                              "q7#Lw9!zR2p$",
		                              "kvjxqzwpgmtb rdlhnfcs yb",
		                              "8K3HV-PQ7ZM-2NWXT",
		                              "\xd0\xba\xd0\xbe\xd1\x82 \xd0\xb4\xd0\xbe\xd0\xbc" };
	for (size_t i = 0; i < sizeof(strong) / sizeof(*strong); i++)
		if (bits(strong[i]) < STRENGTH_PORTABLE)
			fail_msg("'%s' has %u bits", strong[i], bits(strong[i]));
}

/* Each measure finds what the other lets pass: words that many take, and take again; a word that is in no English list.
 */
static void the_lower_of_two_measures_counts(void **state)
{
	(void)state;
	static const char *const taken[] = { "passwordpasswordpassword", "iloveyou iloveyou iloveyou",
		                             "letmein letmein letmein", "password password password password" };
	static const char *const words[] = { "Geschwindigkeit7", "tr0ub4dor&3", "jablko hruska" };
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (runs(taken[i]) < STRENGTH_PORTABLE || bits(taken[i]) >= STRENGTH_PORTABLE)
			fail_msg("'%s': %u by runs, %u of both", taken[i], runs(taken[i]), bits(taken[i]));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (runs(words[i]) >= STRENGTH_PORTABLE || bits(words[i]) != runs(words[i]))
			fail_msg("'%s': %u by runs, %u of both", words[i], runs(words[i]), bits(words[i]));
}

static void any_bytes_have_some(void **state)
{
	(void)state;
	char text[4096 + 1];
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)(1 + (i * 167 + 13) % 255);
	text[sizeof(text) - 1] = 0;
	assert_true(bits(text) >= STRENGTH_PORTABLE);
	memset(text, 'a', sizeof(text) - 1);
	assert_true(bits(text) < STRENGTH_PORTABLE);
}

/* More of it is never weaker, but for a sign or digit that another makes a part of a word. */
static void a_word_more_is_worth_a_word(void **state)
{
	(void)state;
	assert_true(runs("horse battery") >= runs("horse") + 14);
	assert_true(runs("horse battery staple") >= runs("horse battery") + 14);
	assert_int_equal(runs("extraordinarily") / 14, 2); /* two pieces */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_tried_first_is_weak),      cmocka_unit_test(words_and_chance_are_strong),
		cmocka_unit_test(the_lower_of_two_measures_counts), cmocka_unit_test(any_bytes_have_some),
		cmocka_unit_test(a_word_more_is_worth_a_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
