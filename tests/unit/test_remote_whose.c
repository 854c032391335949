/* SPDX-License-Identifier: MIT
 * By which credentials a store asks is said, where they came from, too, and never a secret (remote/place/whose.h).
 */
#include "remote/open.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[] = "/tmp/cloudseal-whose-XXXXXX";

static void file(const char *name, const char *text)
{
	char path[200];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, 0600), 0);
}

static int set_up(void **state)
{
	char aws[200];
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(aws, sizeof(aws), "%s/.aws", dir);
	assert_int_equal(mkdir(aws, 0700), 0);
	file(".aws/credentials", "[work]\naws_access_key_id=AKIDWORK\naws_secret_access_key=topsecret\n"
	                         "[long]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\naws_secret_access_key=topsecret\n");
	file(".netrc", "machine one.example login alice password topsecret\n");
	file("pass", "topsecret\n");
	setenv("HOME", dir, 1);
	for (size_t i = 0; i < 3; i++)
		unsetenv((const char *[]){ "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN" }[i]);
	unsetenv("AWS_PROFILE");
	unsetenv("NETRC");
	return 0;
}

/* says: `begin`, and the file in the directory, or NULL. */
static void says(const struct store_config *c, const char *begin, const char *in_dir)
{
	char whose[STORE_WHOSE_MAX], text[STORE_WHOSE_MAX];
	struct store *s = NULL;
	struct why lacks = { 0 }, why = { 0 };
	assert_int_equal(store_open_late(c, &s, &lacks, &why), ERR_OK);
	store_whose(s, whose);
	snprintf(text, sizeof(text), "%s%s%s", begin, in_dir ? dir : "", in_dir ? in_dir : "");
	assert_string_equal(whose, text);
	assert_null(strstr(whose, "topsecret"));
	store_close(s);
}

static void keys_of_the_environment_and_of_profiles_are_told(void **state)
{
	const struct store_config c = { .url = "s3://bucket/x", .endpoint = "http://127.0.0.1:1" };
	struct store_config work = c, long_id = c;
	(void)state;
	work.profile = "work";
	long_id.profile = "long";
	says(&work, "a key, from profile work of ", "/.aws/credentials");
	says(&long_id, "key ...MPLE, from profile long of ", "/.aws/credentials");
	says(&c, "none were found yet", NULL);
	setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "topsecret", 1);
	says(&c, "key ...MPLE, from the environment", NULL);
	setenv("AWS_SESSION_TOKEN", "topsecret", 1);
	says(&c, "key ...MPLE, from the environment, with a session token", NULL);
	says(&work, "a key, from profile work of ", "/.aws/credentials");
}

static void logins_of_files_are_told(void **state)
{
	char path[200];
	const struct store_config netrc = { .url = "https://one.example/x" },
	                          nobody = { .url = "https://two.example/x" };
	struct store_config of_file = { .url = "https://one.example/x", .user = "bob", .pass_file = path };
	(void)state;
	snprintf(path, sizeof(path), "%s/pass", dir);
	says(&netrc, "user alice, from ", "/.netrc");
	says(&of_file, "user bob, from the password file ", "/pass");
	says(&nobody, "no user", NULL);
}

static void a_directory_needs_none(void **state)
{
	const struct store_config c = { .url = dir };
	(void)state;
	says(&c, "", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_the_environment_and_of_profiles_are_told),
		cmocka_unit_test(logins_of_files_are_told),
		cmocka_unit_test(a_directory_needs_none),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
