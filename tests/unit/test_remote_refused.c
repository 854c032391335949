/* SPDX-License-Identifier: MIT
 * What a server says when it refuses something, and what is done about its credentials.
 */
#include "tests/unit/scripted_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct waiter {
	bool done;
	err_t e;
};

static void on_done(void *ctx, err_t e, struct buf *body)
{
	struct waiter *w = ctx;
	(void)body;
	w->e = e;
	__atomic_store_n(&w->done, true, __ATOMIC_SEQ_CST);
}

/* ask: a GET of a store that is closed then, and what it says. */
static err_t ask(struct store *store, struct store_answer *a)
{
	struct waiter w = { 0 };
	struct store_request r = { .name = NAME, .done = on_done, .ctx = &w, .answer = a };
	store->ops->get(store, &r);
	while (!__atomic_load_n(&w.done, __ATOMIC_SEQ_CST))
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	store_close(store);
	return w.e;
}

static void the_server_s_words_and_wish_arrive(void **state)
{
	(void)state;
	struct server s;
	const char *script[] = { "HTTP/1.1 503 Busy\r\nConnection: close\r\nRetry-After: 17\r\n\r\n"
		                 "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>",
		                 NULL };
	up(&s, script);
	struct store_answer a = { "" };
	assert_int_equal(ask(s3(&s), &a), ERR_NET);
	assert_int_equal(a.retry_after_ms, 17000);
	assert_non_null(strstr(a.text, "SlowDown"));
	assert_non_null(strstr(a.text, "Reduce your request rate."));
	down(&s);
}

#define ANSWER(status, body) "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n" body

/* A refusal is of that object, and says so in the server's own words, with what to do. */
static void a_refusal_says_of_what_and_why(void **state)
{
	(void)state;
	static const struct {
		const char *answer;
		bool s3;
		err_t e;
		const char *words[3];
	} table[] = {
		{ ANSWER("403 No", "<d:error xmlns:d=\"DAV:\" xmlns:s=\"http://sabredav.org/ns\"><s:exception>Forbidden"
		                   "</s:exception><s:message>Blocked by an administrator</s:message></d:error>"),
		  false,
		  ERR_REFUSED,
		  { NAME, "Blocked by an administrator", "allow" } },
		{ ANSWER("403 No", "<html><head><TITLE>Virus found</TITLE>"),
		  false,
		  ERR_REFUSED,
		  { NAME, "Virus found" } },
		{ ANSWER("403 No", "read-only share\n"), false, ERR_REFUSED, { NAME, "read-only share" } },
		{ ANSWER("401 No", "account expired"),
		  false,
		  ERR_DENIED,
		  { "Wrong user or password for 127.0.0.1", "account expired" } },
		{ ANSWER("500 Oops", "disk \x1b[31mon fire"), false, ERR_NET, { "HTTP 500", "disk  [31mon fire" } },
		{ ANSWER("403 No", "<Error><Code>InvalidObjectState</Code><Message>no</Message>"
		                   "<StorageClass>DEEP_ARCHIVE</StorageClass></Error>"),
		  true,
		  ERR_REFUSED,
		  { NAME, "is archived (DEEP_ARCHIVE)", "restore it" } },
		{ ANSWER("403 No", "<Error><Code>AccessDenied</Code><Message>not yours</Message></Error>"),
		  true,
		  ERR_REFUSED,
		  { NAME, "AccessDenied: not yours", "allow" } },
		{ ANSWER("403 No", "<Error><Code>InvalidAccessKeyId</Code></Error>"),
		  true,
		  ERR_DENIED,
		  { "InvalidAccessKeyId" } },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct server s;
		const char *script[] = { table[i].answer, NULL };
		struct store_answer a = { "" };
		up(&s, script);
		assert_int_equal(ask(table[i].s3 ? s3(&s) : dav(&s, 0), &a), table[i].e);
		for (size_t k = 0; k < 3 && table[i].words[k]; k++)
			if (!strstr(a.text, table[i].words[k]))
				fail_msg("no '%s' in: %s", table[i].words[k], a.text);
		assert_int_equal(a.alone, table[i].e == ERR_NET);
		down(&s);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	assert_true(f && fputs(text, f) >= 0 && !fclose(f));
}

#define WANTS "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#define FOUND OK_200 "Content-Length: 1\r\n\r\nx"

/* They are read again when they are refused, and a request that was refused with former ones is sent anew. */
static void a_password_that_was_changed_is_found(void **state)
{
	(void)state;
	struct server s;
	/* without and with it; once more with it, then with the new one */
	const char *script[] = { WANTS, WANTS, WANTS, FOUND, NULL };
	char url[64], path[] = "/tmp/cs-http-XXXXXX";
	struct store *inner;
	struct buf got = BUF_INIT;
	int fd = mkstemp(path);
	assert_true(fd >= 0 && !close(fd));
	write_file(path, "old\n");
	up(&s, script);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/vault", s.port);
	struct store_config c = { .url = url, .user = "me", .pass_file = path };
	assert_int_equal(store_dav_open(&c, &inner, NULL), ERR_OK);
	struct store *store = store_retry_new(inner, 0);
	assert_int_equal(store_get_sync(store, NAME, 0, 0, 0, &got), ERR_DENIED);
	assert_int_equal(s.requests, 2);
	assert_non_null(strstr(s.last, "Basic bWU6b2xk")); /* me:old */
	write_file(path, "new\n");
	store_retry_now(store);
	assert_int_equal(store_get_sync(store, NAME, 0, 0, 0, &got), ERR_OK);
	assert_int_equal(s.requests, 4);
	assert_non_null(strstr(s.last, "Basic bWU6bmV3")); /* me:new */
	buf_free(&got);
	store_close(store);
	down(&s);
	unlink(path);
}

static void keys_that_were_changed_are_found(void **state)
{
	(void)state;
	struct server s;
	const char *script[] = { ANSWER("403 No", "<Error><Code>ExpiredToken</Code></Error>"), FOUND, NULL };
	char path[] = "/tmp/cs-http-XXXXXX", *before = strdup(getenv("AWS_SECRET_ACCESS_KEY"));
	struct buf got = BUF_INIT;
	int fd = mkstemp(path);
	assert_true(before && fd >= 0 && !close(fd));
	unsetenv("AWS_SECRET_ACCESS_KEY");
	setenv("AWS_SECRET_ACCESS_KEY_FILE", path, 1);
	write_file(path, "old\n");
	up(&s, script);
	struct store *store = store_retry_new(s3(&s), 0);
	write_file(path, "new\n");
	assert_int_equal(store_get_sync(store, NAME, 0, 0, 0, &got), ERR_OK);
	assert_int_equal(s.requests, 2);
	store_close(store);
	buf_free(&got);
	down(&s);
	setenv("AWS_SECRET_ACCESS_KEY", before, 1);
	unsetenv("AWS_SECRET_ACCESS_KEY_FILE");
	free(before);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_s_words_and_wish_arrive),
		cmocka_unit_test(a_refusal_says_of_what_and_why),
		cmocka_unit_test(a_password_that_was_changed_is_found),
		cmocka_unit_test(keys_that_were_changed_are_found),
	};
	return cmocka_run_group_tests(tests, scripted_keys, NULL);
}
