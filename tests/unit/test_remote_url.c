/* SPDX-License-Identifier: MIT */
#include "remote/open.h"
#include "remote/place/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static void takes_urls_apart(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum url_scheme scheme;
		const char *host;
		unsigned port;
		const char *path;
	} table[] = {
		{ "/srv/x", URL_DIR, "", 0, "/srv/x" },
		{ "dir:/srv/x y", URL_DIR, "", 0, "/srv/x y" },
		{ "https://Example.org/dav/", URL_HTTPS, "example.org", 0, "/dav" },
		{ "https://example.org", URL_HTTPS, "example.org", 0, "" },
		{ "https://h:8443/a b/\xc3\xa9/%41", URL_HTTPS, "h", 8443, "/a%20b/%C3%A9/%41" },
		{ "https://h/100%", URL_HTTPS, "h", 0, "/100%25" },
		{ "https://[2001:db8::1]:1/x", URL_HTTPS, "[2001:db8::1]", 1, "/x" },
		{ "http://127.0.0.1:8090/open", URL_HTTP, "127.0.0.1", 8090, "/open" },
		{ "http://localhost/", URL_HTTP, "localhost", 0, "" },
		{ "http://a.localhost/", URL_HTTP, "a.localhost", 0, "" },
		{ "http://[::1]:80/", URL_HTTP, "[::1]", 80, "" },
		{ "s3://bucket", URL_S3, "bucket", 0, "" },
		{ "s3://my.bucket/a/b/", URL_S3, "my.bucket", 0, "a/b" },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct url u;
		struct why why = { "" };
		if (url_parse(table[i].text, &u, &why))
			fail_msg("%s: %s", table[i].text, why.text);
		assert_int_equal(u.scheme, table[i].scheme);
		assert_string_equal(u.host, table[i].host);
		assert_int_equal(u.port, table[i].port);
		assert_string_equal(u.path, table[i].path);
	}
}

static void refuses_what_cannot_work_with_a_sentence(void **state)
{
	(void)state;
	static const char *const table[] = {
		"",
		"relative/path",
		"dir:relative",
		"ftp://host/",
		"http://example.org/",
		"http://127.0.0.1.example.org/",
		"http://128.0.0.1/",
		"http://localhost.example.org/",
		"https://user:pw@host/",
		"https://user@host/",
		"https:///path",
		"https://",
		"https://host:0/",
		"https://host:65536/",
		"https://host:80x/",
		"https://ho st/",
		"https://host/a?b",
		"https://host/a#b",
		"https://host/a/../b",
		"https://host/.",
		"https://host/a\nb",
		"s3://",
		"s3://ab",
		"s3://bucket?x/",
		"s3://bucket/a//b",
		"s3://bucket/../b",
		"s3://bucket/a b",
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct store_config c = { .url = table[i] };
		struct why why = { "" };
		if (store_parse(&c, &why) != ERR_INVAL)
			fail_msg("\"%s\" is accepted", table[i]);
		assert_true(why.text[0] && why.text[strlen(why.text) - 1] == '.');
	}
}

static void overlong_urls_are_refused(void **state)
{
	(void)state;
	static char text[5000];
	struct url u;
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "https://h/", 10);
	assert_int_equal(url_parse(text, &u, NULL), ERR_INVAL);
	memcpy(text, "https://hh", 10);
	assert_int_equal(url_parse(text, &u, NULL), ERR_INVAL);
	memcpy(text, "s3://buck/", 10);
	assert_int_equal(url_parse(text, &u, NULL), ERR_INVAL);
	memcpy(text, "/aaaaaaaaa", 10);
	assert_int_equal(url_parse(text, &u, NULL), ERR_INVAL);
}

static void checks_the_settings_of_s3(void **state)
{
	(void)state;
	struct store_config c = { .url = "s3://bucket/p", .endpoint = "https://s3.example.org" };
	assert_int_equal(store_parse(&c, NULL), ERR_OK);
	c.endpoint = "http://s3.example.org";
	assert_int_equal(store_parse(&c, NULL), ERR_INVAL);
	c.endpoint = "https://s3.example.org/path";
	assert_int_equal(store_parse(&c, NULL), ERR_INVAL);
	c.endpoint = NULL;
	c.addressing = "host";
	assert_int_equal(store_parse(&c, NULL), ERR_INVAL);
	c.addressing = "virtual";
	c.region = "eu central";
	assert_int_equal(store_parse(&c, NULL), ERR_INVAL);
	c.region = "eu-central-1";
	assert_int_equal(store_parse(&c, NULL), ERR_OK);
	c.url = "/srv/x";
	c.endpoint = "https://s3.example.org";
	assert_int_equal(store_parse(&c, NULL), ERR_INVAL);
}

static void a_bucket_in_the_host_needs_names_there(void **state)
{
	(void)state;
	static const struct {
		const char *url, *endpoint;
		err_t e;
	} table[] = {
		{ "s3://bucket", NULL, ERR_OK },
		{ "s3://a.bucket-1/p", "https://s3.example.org:8443", ERR_OK },
		{ "s3://bucket", "http://s3.localhost:7480", ERR_OK },
		{ "s3://bucket", "http://127.0.0.1:7480", ERR_INVAL },
		{ "s3://bucket", "https://[fe80::1]", ERR_INVAL },
		{ "s3://Bucket", NULL, ERR_INVAL },
		{ "s3://buc_ket", "https://s3.example.org", ERR_INVAL },
		{ "s3://bucket-", "https://s3.example.org", ERR_INVAL },
		{ "s3://buc..ket", "https://s3.example.org", ERR_INVAL },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct why why = { "" };
		struct store_config c = { .url = table[i].url, .endpoint = table[i].endpoint, .addressing = "virtual" };
		assert_int_equal(store_parse(&c, &why), table[i].e);
		assert_true(!*why.text == !table[i].e);
		c.addressing = "path";
		assert_int_equal(store_parse(&c, NULL), ERR_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_urls_apart),
		cmocka_unit_test(refuses_what_cannot_work_with_a_sentence),
		cmocka_unit_test(overlong_urls_are_refused),
		cmocka_unit_test(checks_the_settings_of_s3),
		cmocka_unit_test(a_bucket_in_the_host_needs_names_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
