/* SPDX-License-Identifier: MIT
 * Taking a mount down: "in use" is said when it is so, and otherwise the true reason. A stand-in plays fusermount3.
 */
#include "fs/fuse/unmount.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define NOBODY 65534

struct stand_in {
	char dir[256], program[300], path[4096];
	uid_t me;
};

/* setup: a folder that is the whole PATH, and an identity that may not unmount by itself. */
static int setup(void **state)
{
	static struct stand_in s;
	const char *tmp = getenv("TMPDIR");
	snprintf(s.dir, sizeof(s.dir), "%.200s/unmounting.XXXXXX", tmp ? tmp : "/tmp");
	snprintf(s.path, sizeof(s.path), "%s", getenv("PATH"));
	if (!mkdtemp(s.dir) || chmod(s.dir, 0755))
		return -1;
	snprintf(s.program, sizeof(s.program), "%s/fusermount3", s.dir);
	s.me = geteuid();
	*state = &s;
	return setenv("PATH", s.dir, 1) || (!s.me && seteuid(NOBODY));
}

static int teardown(void **state)
{
	struct stand_in *s = *state;
	if (!s->me && seteuid(s->me))
		return -1;
	unlink(s->program);
	return rmdir(s->dir) || setenv("PATH", s->path, 1);
}

/* helper_is: the shell script that fusermount3 is from now on; NULL: not installed. */
static void helper_is(const struct stand_in *s, const char *script)
{
	if (!s->me)
		assert_int_equal(seteuid(s->me), 0);
	unlink(s->program);
	if (script) {
		FILE *f = fopen(s->program, "we");
		assert_non_null(f);
		fprintf(f, "#!/bin/sh\n%s\n", script);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(chmod(s->program, 0755), 0);
	}
	if (!s->me)
		assert_int_equal(seteuid(NOBODY), 0);
}

static int result(const struct stand_in *s, const char *script, struct why *why)
{
	helper_is(s, script);
	memset(why, 0, sizeof(*why));
	return unmounting(s->dir, 0, why); /* nothing is mounted there, should it be taken at its word */
}

static void in_use_is_what_the_helper_calls_in_use(void **state)
{
	struct why why;
	assert_int_equal(
	        result(*state, "echo 'fusermount3: failed to unmount /: Device or resource busy' >&2; exit 1", &why),
	        EBUSY);
	assert_string_equal(why.text, "files or directories in it are in use");
}

static void any_other_failure_is_told_in_the_helpers_words(void **state)
{
	struct why why;
	assert_int_equal(result(*state, "echo 'fusermount3: entry for / not found in /etc/mtab' >&2; exit 1", &why),
	                 EIO);
	assert_string_equal(why.text, "fusermount3: entry for / not found in /etc/mtab");
	assert_int_equal(result(*state, "exit 1", &why), EIO);
	assert_string_equal(why.text, "fusermount3 failed without a word");
	assert_int_equal(result(*state, "kill -9 $$", &why), EIO);
	assert_string_equal(why.text, "fusermount3 failed without a word");
	assert_int_equal(result(*state, NULL, &why), ENOENT);
	assert_string_equal(why.text,
	                    "only root may without fusermount3, which does not run: No such file or directory");
}

static void a_helper_that_says_much_is_heard_to_its_end(void **state)
{
	struct why why;
	const char *much =
	        "i=0; while [ $i -lt 3000 ]; do echo 'a line of some length, again and again and again' >&2; "
	        "i=$((i + 1)); done; exit 1";
	assert_int_equal(result(*state, much, &why), EIO);
	assert_string_equal(why.text, "a line of some length, again and again and again");
}

static void success_and_what_it_is_asked(void **state)
{
	const struct stand_in *s = *state;
	struct why why;
	assert_int_equal(result(s, "[ \"$1 $2\" = '-u --' ] && [ -d \"$3\" ] || { echo \"$*\" >&2; exit 1; }", &why),
	                 0);
	assert_string_equal(why.text, "");
	helper_is(s, "[ \"$1 $2 $3\" = '-u -z --' ] && [ -d \"$4\" ]");
	assert_int_equal(unmounting(s->dir, MNT_DETACH, &why), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(in_use_is_what_the_helper_calls_in_use, setup, teardown),
		cmocka_unit_test_setup_teardown(any_other_failure_is_told_in_the_helpers_words, setup, teardown),
		cmocka_unit_test_setup_teardown(a_helper_that_says_much_is_heard_to_its_end, setup, teardown),
		cmocka_unit_test_setup_teardown(success_and_what_it_is_asked, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
