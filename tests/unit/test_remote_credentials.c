/* SPDX-License-Identifier: MIT */
#include "remote/place/credentials.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants these first */
#include <cmocka.h>

static const struct url H = { .scheme = URL_HTTPS, .host = "h" };

static void finds(const char *text, const char *host, const char *user, const char *want_user, const char *want_pass)
{
	struct login l = { "", "" };
	if (netrc_find(span_str(text), &(struct netrc_who){ host, 443, user }, &l))
		fail_msg("nothing for %s in: %s", host, text);
	assert_string_equal(l.user, want_user);
	assert_string_equal(l.pass, want_pass);
}

static err_t find(const char *text, const char *host, const char *user)
{
	struct login l = { "", "" };
	return netrc_find(span_str(text), &(struct netrc_who){ host, 443, user }, &l);
}

static void netrc_entries_are_found(void **state)
{
	(void)state;
	finds("machine h login u password p", "h", NULL, "u", "p");
	finds("machine H\n\tlogin u\n\tpassword p\n", "h", NULL, "u", "p");
	finds("machine x login a password b machine h login u account z password p", "h", NULL, "u", "p");
	finds("machine h login a password 1\nmachine h login b password 2\n", "h", "b", "b", "2");
	finds("machine h password p", "h", "me", "me", "p");
	finds("# comment machine h login no password no\nmachine h login u password p", "h", NULL, "u", "p");
	finds("machine x login a password b\ndefault login u password p\n", "h", NULL, "u", "p");
	finds("machine h login \"a b\" password \"q\\\"\\\\z\"", "h", NULL, "a b", "q\"\\z");
	finds("macdef init\nmachine h login no password no\n\nmachine h login u password p", "h", NULL, "u", "p");
}

static void netrc_knows_addresses(void **state)
{
	(void)state;
	finds("machine ::1 login u password p", "[::1]", NULL, "u", "p");
	finds("machine [::1] login u password p", "[::1]", NULL, "u", "p");
	finds("machine 0:0:0:0:0:0:0:1 login u password p", "[::1]", NULL, "u", "p");
	finds("machine [2001:DB8::1]:443 login u password p", "[2001:db8::1]", NULL, "u", "p");
	finds("machine ::2 login a password b machine ::1 login u password p", "[::1]", NULL, "u", "p");
	assert_int_equal(find("machine ::1:443 login u password p", "[::1]", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine [::1 login u password p", "[::1]", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine [] login u password p machine : login u password p", "[::1]", NULL),
	                 ERR_NOTFOUND);
}

static void netrc_knows_ports(void **state)
{
	(void)state;
	finds("machine h login a password 1 machine h:443 login u password p", "h", NULL, "u", "p");
	finds("machine h:80 login a password 1 machine h login u password p", "h", NULL, "u", "p");
	finds("machine h port 443 login u password p", "h", NULL, "u", "p");
	finds("machine h login a password 1 machine h login u password p port 443", "h", NULL, "u", "p");
	assert_int_equal(find("machine h:80 login u password p", "h", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine h port 80 login u password p", "h", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine h port x login u password p", "h", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine h:0 login u password p machine h:70000 login u password p", "h", NULL),
	                 ERR_NOTFOUND);
}

static void netrc_prefers_who_is_named(void **state)
{
	(void)state;
	finds("default login a password 1\nmachine h login u password p\n", "h", NULL, "u", "p");
	finds("default login u password p\nmachine x login a password 1\ndefault login a password 1\n", "h", NULL, "u",
	      "p");
	finds("machine h login a password 1 default login me password p", "h", "me", "me", "p");
	finds("machine h login u password \"a\\tb\\nc\\rd e\"", "h", NULL, "u", "a\tb\nc\rd e");
	finds("machine h login u password \"#1 \\\"it\\\"\"", "h", NULL, "u", "#1 \"it\"");
	finds("machine h login u password #1", "h", NULL, "u", "#1");
}

static void netrc_says_when_there_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(find("", "h", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine x login a password b", "h", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine h login a password b", "h", "other"), ERR_NOTFOUND);
	assert_int_equal(find("machine h login a", "h", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine", "h", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine h login", "h", NULL), ERR_NOTFOUND);
	assert_int_equal(find("machine h.evil login a password b", "h", NULL), ERR_NOTFOUND);
}

static void an_overlong_password_is_not_cut(void **state)
{
	(void)state;
	static char text[3000];
	strcpy(text, "machine h login u password ");
	memset(text + strlen(text), 'p', 2000);
	assert_int_equal(find(text, "h", NULL), ERR_LIMIT);
}

static void profiles_are_read(void **state)
{
	(void)state;
	static const char text[] = "# c\n[default]\naws_access_key_id = ID\naws_secret_access_key=SE/CR+ET=\n; c\n"
	                           "[profile work]\r\naws_access_key_id=W\r\naws_secret_access_key=WS\r\n"
	                           "aws_session_token = T\r\nregion = eu-west-1\r\ns3 =\r\n  region = nested\r\n";
	struct aws_keys k = { .id = "" };
	aws_profile(span_str(text), "default", &k);
	assert_string_equal(k.id, "ID");
	assert_string_equal(k.secret, "SE/CR+ET=");
	assert_string_equal(k.token, "");
	assert_string_equal(k.region, "");
	k = (struct aws_keys){ .id = "kept" };
	aws_profile(span_str(text), "work", &k);
	assert_string_equal(k.id, "kept");
	assert_string_equal(k.secret, "WS");
	assert_string_equal(k.token, "T");
	assert_string_equal(k.region, "eu-west-1");
	k = (struct aws_keys){ .id = "" };
	aws_profile(span_str(text), "missing", &k);
	assert_string_equal(k.id, "");
}

/* --- with files and the environment --- */

static char dir[100];

static const char *file(const char *name, const char *text)
{
	static char path[4][200];
	static int turn;
	char *p = path[turn++ % 4];
	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	int fd = open(p, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return p;
}

static int set_up(void **state)
{
	(void)state;
	const char *tmp = getenv("TMPDIR");
	snprintf(dir, sizeof(dir), "%.60s/cloudseal-credentials.XXXXXX", tmp ? tmp : "/tmp");
	return !mkdtemp(dir) || setenv("HOME", dir, 1);
}

static int tear_down(void **state)
{
	(void)state;
	char path[200];
	static const char *const names[] = { "netrc", "pass", "id", "secret", "credentials", "config" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static int clean_env(void **state)
{
	(void)state;
	static const char *const names[] = { "NETRC",
		                             "AWS_ACCESS_KEY_ID",
		                             "AWS_SECRET_ACCESS_KEY",
		                             "AWS_SESSION_TOKEN",
		                             "AWS_ACCESS_KEY_ID_FILE",
		                             "AWS_SECRET_ACCESS_KEY_FILE",
		                             "AWS_SESSION_TOKEN_FILE",
		                             "AWS_SHARED_CREDENTIALS_FILE",
		                             "AWS_CONFIG_FILE",
		                             "AWS_PROFILE",
		                             "AWS_REGION",
		                             "AWS_DEFAULT_REGION",
		                             "AWS_ENDPOINT_URL",
		                             "AWS_ENDPOINT_URL_S3",
		                             "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	return 0;
}

static void places_come_from_the_environment(void **state)
{
	(void)state;
	struct store_config c = { 0 };
	struct aws_place p;
	assert_int_equal(aws_place_load(&c, &p, NULL), ERR_OK);
	assert_true(!*p.endpoint && !*p.region && !*p.profile);
	setenv("AWS_ENDPOINT_URL", "http://all", 1);
	setenv("AWS_DEFAULT_REGION", "two", 1);
	setenv("AWS_PROFILE", "work", 1);
	setenv("AWS_CONFIG_FILE", file("config", "[profile work]\nendpoint_url = http://file\n"), 1);
	assert_int_equal(aws_place_load(&c, &p, NULL), ERR_OK);
	assert_string_equal(p.endpoint, "http://all");
	assert_string_equal(p.endpoint_from, "AWS_ENDPOINT_URL");
	assert_string_equal(p.region, "two");
	assert_string_equal(p.profile, "work");
	setenv("AWS_ENDPOINT_URL_S3", "http://s3", 1);
	setenv("AWS_REGION", "one", 1);
	setenv("AWS_ACCESS_KEY_ID", "id", 1);
	assert_int_equal(aws_place_load(&c, &p, NULL), ERR_OK);
	assert_string_equal(p.endpoint, "http://s3");
	assert_string_equal(p.region, "one");
	assert_string_equal(p.profile, "");
	unsetenv("AWS_ENDPOINT_URL");
	unsetenv("AWS_ENDPOINT_URL_S3");
	assert_int_equal(aws_place_load(&c, &p, NULL), ERR_OK);
	assert_string_equal(p.endpoint, "http://file");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True", 1);
	assert_int_equal(aws_place_load(&c, &p, NULL), ERR_OK);
	assert_string_equal(p.endpoint, "");
	char text[400];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	setenv("AWS_REGION", text, 1);
	assert_int_equal(aws_place_load(&c, &p, NULL), ERR_LIMIT);
}

static void services_of_a_profile_go_before_its_own_endpoint(void **state)
{
	(void)state;
	struct store_config c = { .profile = "work" };
	struct aws_place p;
	setenv("AWS_CONFIG_FILE",
	       file("config",
	            "[services mine]\nec2 =\n  endpoint_url = http://ec2\ns3 =\n  # x\n  addressing_style = path\n"
	            "  endpoint_url = http://s3-of-mine\nother =\n  endpoint_url = http://other\n"
	            "[profile work]\nendpoint_url = http://file\nservices = mine\n"),
	       1);
	assert_int_equal(aws_place_load(&c, &p, NULL), ERR_OK); /* before the profile that names it, and behind it */
	assert_string_equal(p.endpoint, "http://s3-of-mine");
	assert_string_equal(p.endpoint_from, "the profile's services");
	setenv("AWS_CONFIG_FILE",
	       file("config", "[profile work]\nservices = mine\nendpoint_url = http://file\n[services mine2]\ns3 =\n"
	                      "  endpoint_url = http://no\n[services]\ns3 =\n  endpoint_url = http://no\n[mine]\ns3 =\n"
	                      "  endpoint_url = http://no\n[services mine]\nendpoint_url = http://no\nec2 =\n"
	                      "  endpoint_url = http://no\n"),
	       1);
	assert_int_equal(aws_place_load(&c, &p, NULL), ERR_OK);
	assert_string_equal(p.endpoint, "http://file");
}

static void logins_come_from_netrc_or_a_password_file(void **state)
{
	(void)state;
	struct store_config c = { 0 };
	struct login *l = NULL;
	assert_int_equal(login_load(&c, &H, &l, NULL), ERR_OK);
	assert_null(l);
	setenv("NETRC", file("netrc", "machine h login u password p\n"), 1);
	assert_int_equal(login_load(&c, &H, &l, NULL), ERR_OK);
	assert_string_equal(l->pass, "p");
	secret_free(l);
	struct url six;
	assert_int_equal(url_parse("https://[::1]:8443/x", &six, NULL), ERR_OK);
	setenv("NETRC", file("netrc", "machine ::1 login a password 1\nmachine [::1]:8443 login u password 6\n"), 1);
	assert_int_equal(login_load(&c, &six, &l, NULL), ERR_OK);
	assert_string_equal(l->pass, "6");
	secret_free(l);
	unsetenv("NETRC");
	c.user = "me";
	c.pass_file = file("pass", "from a file\nsecond line\n");
	assert_int_equal(login_load(&c, &H, &l, NULL), ERR_OK);
	assert_string_equal(l->user, "me");
	assert_string_equal(l->pass, "from a file");
	secret_free(l);
	c.pass_file = NULL;
	struct why why = { "" };
	assert_int_equal(login_load(&c, &H, &l, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "me"));
	c.pass_file = "/nonexistent/pass";
	assert_int_equal(login_load(&c, &H, &l, NULL), ERR_DENIED);
}

static void aws_keys_come_from_the_environment_first(void **state)
{
	(void)state;
	struct store_config c = { 0 };
	struct aws_keys *k = NULL;
	struct why why = { "" };
	assert_int_equal(aws_load(&c, &k, &why), ERR_DENIED);
	assert_true(*why.text);
	setenv("AWS_SHARED_CREDENTIALS_FILE",
	       file("credentials", "[default]\naws_access_key_id=F\naws_secret_access_key=FS\naws_session_token=FT\n"
	                           "[other]\naws_access_key_id=O\naws_secret_access_key=OS\n"),
	       1);
	setenv("AWS_CONFIG_FILE", file("config", "[default]\nregion=eu-x\n[profile other]\nregion=eu-y\n"), 1);
	assert_int_equal(aws_load(&c, &k, NULL), ERR_OK);
	assert_string_equal(k->id, "F");
	assert_string_equal(k->token, "FT");
	assert_string_equal(k->region, "eu-x");
	secret_free(k);
	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "ES", 1);
	assert_int_equal(aws_load(&c, &k, NULL), ERR_OK);
	assert_string_equal(k->id, "E");
	assert_string_equal(k->token, ""); /* a file's token does not go with the environment's keys */
	secret_free(k);
	c.profile = "other";
	c.region = "mine";
	assert_int_equal(aws_load(&c, &k, NULL), ERR_OK);
	assert_string_equal(k->id, "O");
	assert_string_equal(k->region, "mine");
	secret_free(k);
}

static void aws_keys_come_from_files_named_by_variables(void **state)
{
	(void)state;
	struct store_config c = { 0 };
	struct aws_keys *k = NULL;
	setenv("AWS_ACCESS_KEY_ID_FILE", file("id", "I\n"), 1);
	setenv("AWS_SECRET_ACCESS_KEY_FILE", file("secret", "S\r\n"), 1);
	assert_int_equal(aws_load(&c, &k, NULL), ERR_OK);
	assert_string_equal(k->id, "I");
	assert_string_equal(k->secret, "S");
	assert_string_equal(k->region, "us-east-1");
	secret_free(k);
	setenv("AWS_SECRET_ACCESS_KEY_FILE", "/nonexistent/secret", 1);
	assert_int_equal(aws_load(&c, &k, NULL), ERR_DENIED);
}

/* load: the n-th kind's secret: a password file, a netrc, a key in a file of its own, a profile. */
static err_t load(unsigned n, const char *path, struct why *why)
{
	const struct store_config with_file = { .user = "me", .pass_file = path }, plain = { 0 };
	const struct store_config *c = n ? &plain : &with_file;
	struct login *l = NULL;
	struct aws_keys *k = NULL;
	err_t e = n < 2 ? login_load(c, &H, &l, why) : aws_load(c, &k, why);
	secret_free(l);
	secret_free(k);
	return e;
}

/* Of whatever kind: passwords and keys that all users of the machine can read are refused, with what to do. */
static void what_all_can_read_is_refused(void **state)
{
	(void)state;
	static const mode_t open_modes[] = { 0644, 0604, 0602 };
	const struct {
		const char *variable, *path;
	} kinds[] = { { "UNUSED", file("pass", "p\n") },
		      { "NETRC", file("netrc", "machine h login u password p\n") },
		      { "AWS_SECRET_ACCESS_KEY_FILE", file("secret", "S\n") },
		      { "AWS_SHARED_CREDENTIALS_FILE",
		        file("credentials", "[default]\naws_access_key_id=F\naws_secret_access_key=FS\n") } };
	for (unsigned n = 0; n < ARRAY_LEN(kinds); n++) {
		clean_env(NULL);
		setenv(kinds[n].variable, kinds[n].path, 1);
		if (n == 2)
			setenv("AWS_ACCESS_KEY_ID", "I", 1);
		for (size_t i = 0; i < ARRAY_LEN(open_modes); i++) {
			struct why why = { "" };
			assert_int_equal(chmod(kinds[n].path, open_modes[i]), 0);
			assert_int_equal(load(n, kinds[n].path, &why), ERR_DENIED);
			assert_non_null(strstr(why.text, "open to all users"));
			assert_non_null(strstr(why.text, kinds[n].path));
		}
		assert_int_equal(chmod(kinds[n].path, 0640), 0);
		assert_int_equal(load(n, kinds[n].path, NULL), ERR_OK);
	}
	unsetenv("UNUSED");
}

/* ~/.aws/config may be open when it names a region alone; a netrc when it has nothing for this host. */
static void what_holds_no_secret_may_be_open(void **state)
{
	(void)state;
	const struct store_config c = { 0 };
	struct login *l = NULL;
	struct aws_keys *k = NULL;
	const char *config = file("config", "[default]\nregion=eu-x\n"),
	           *netrc = file("netrc", "machine other login u password p\n");
	assert_int_equal(chmod(config, 0644) + chmod(netrc, 0644), 0);
	setenv("AWS_CONFIG_FILE", config, 1);
	setenv("NETRC", netrc, 1);
	setenv("AWS_ACCESS_KEY_ID", "I", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
	assert_int_equal(aws_load(&c, &k, NULL), ERR_OK);
	assert_string_equal(k->region, "eu-x");
	secret_free(k);
	assert_int_equal(login_load(&c, &H, &l, NULL), ERR_OK);
	assert_null(l);
	assert_int_equal(chmod(config, 0600) + chmod(netrc, 0600), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(netrc_entries_are_found),
		cmocka_unit_test(netrc_knows_addresses),
		cmocka_unit_test(netrc_knows_ports),
		cmocka_unit_test(netrc_prefers_who_is_named),
		cmocka_unit_test(netrc_says_when_there_is_nothing),
		cmocka_unit_test(an_overlong_password_is_not_cut),
		cmocka_unit_test(profiles_are_read),
		cmocka_unit_test_setup(places_come_from_the_environment, clean_env),
		cmocka_unit_test_setup(services_of_a_profile_go_before_its_own_endpoint, clean_env),
		cmocka_unit_test_setup(logins_come_from_netrc_or_a_password_file, clean_env),
		cmocka_unit_test_setup(aws_keys_come_from_the_environment_first, clean_env),
		cmocka_unit_test_setup(aws_keys_come_from_files_named_by_variables, clean_env),
		cmocka_unit_test_setup(what_all_can_read_is_refused, clean_env),
		cmocka_unit_test_setup(what_holds_no_secret_may_be_open, clean_env),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
