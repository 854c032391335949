/* SPDX-License-Identifier: MIT
 * Work that a header asks for is not done unasked. Without a terminal, where nobody can be asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "cli/secrets/kdf_ask.h"
#include "util/cleanup.h"

#include <sys/wait.h>

static const struct kdf_params little = { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 };
static const struct kdf_params large = { KDF_ASK_KIB + 1024, KDF_PASSES_MIN, 1 };
static const struct kdf_params slow = { KDF_ASK_KIB, KDF_MAX_PASSES, 1 };

static void what_is_usual_is_done(void **state)
{
	(void)state;
	struct kdf_asked a = { .spent = { 0 } };
	for (int i = 0; i < 3; i++)
		assert_int_equal(kdf_ask(&a, &little, NULL), ERR_OK);
}

static void much_memory_or_time_is_not(void **state)
{
	(void)state;
	const struct kdf_params *const much[] = { &large, &slow };
	for (size_t i = 0; i < ARRAY_LEN(much); i++) {
		struct kdf_asked a = { .spent = { 0 } };
		struct why why = { 0 };
		assert_int_equal(kdf_ask(&a, much[i], &why), ERR_LIMIT);
		assert_non_null(strstr(why.text, "of memory and about"));
		assert_non_null(strstr(why.text, "or with its recovery key"));
	}
}

/* So that many slots do not take what one may not. */
static void what_is_spent_adds_up(void **state)
{
	(void)state;
	struct kdf_asked a = { .spent = { .ms = KDF_ASK_MS } };
	const struct kdf_params more = { 256 * 1024, KDF_PASSES_MIN, 1 };
	assert_int_equal(kdf_ask(&a, &more, NULL), ERR_LIMIT);
}

static void what_was_agreed_to_is_not_asked_again(void **state)
{
	(void)state;
	struct kdf_asked a = { .agreed = { .kib = large.memory_kib, .ms = 1000000 } };
	assert_int_equal(kdf_ask(&a, &large, NULL), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_usual_is_done),
		cmocka_unit_test(much_memory_or_time_is_not),
		cmocka_unit_test(what_is_spent_adds_up),
		cmocka_unit_test(what_was_agreed_to_is_not_asked_again),
	};
	int status = 0;
	pid_t child = fork();
	if (child)
		return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	return setsid() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
