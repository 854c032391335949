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
	return strength_bits(SPAN(text, strlen(text)));
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

/* More of it is never weaker, but for a sign or digit that another makes a part of a word. */
static void a_word_more_is_worth_a_word(void **state)
{
	(void)state;
	assert_true(bits("horse battery") >= bits("horse") + 14);
	assert_true(bits("horse battery staple") >= bits("horse battery") + 14);
	assert_int_equal(bits("extraordinarily") / 14, 2); /* two pieces */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_tried_first_is_weak),
		cmocka_unit_test(words_and_chance_are_strong),
		cmocka_unit_test(a_word_more_is_worth_a_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
