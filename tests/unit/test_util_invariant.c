/* SPDX-License-Identifier: MIT
 * INVARIANT as tests and developers build it: a false one says what and where, and aborts. */
#undef CLOUDSEAL_INVARIANTS
#define CLOUDSEAL_INVARIANTS
#include "util/cleanup.h"
#include "util/invariant.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
/* cmocka wants setjmp, stdarg, stddef and stdint first */
#include <cmocka.h>

static void a_true_one_does_nothing(void **state)
{
	(void)state;
	int evaluated = 0;
	INVARIANT(++evaluated == 1);
	assert_int_equal(evaluated, 1);
}

static void fail_with_stderr(int fd)
{
	int extents = 3;
	signal(SIGABRT, SIG_DFL); /* cmocka has a handler of its own */
	dup2(fd, STDERR_FILENO);
	INVARIANT(extents == 4);
	_exit(0);
}

static void a_false_one_says_where_and_aborts(void **state)
{
	(void)state;
	int out[2], status = 0;
	assert_int_equal(pipe(out), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		fail_with_stderr(out[1]);
	close(out[1]);
	char said[512] = "";
	assert_true(read(out[0], said, sizeof(said) - 1) > 0);
	close(out[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(said, "extents == 4"));
	assert_non_null(strstr(said, "test_util_invariant.c:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_true_one_does_nothing),
		cmocka_unit_test(a_false_one_says_where_and_aborts),
	};
	return cmocka_run_group_tests_name("invariant", tests, NULL, NULL);
}
