/* SPDX-License-Identifier: MIT
 * The WebDAV and S3 stores against a server that misbehaves on purpose. What it refuses: test_remote_refused.c.
 */
#include "tests/unit/scripted_server.h"

#include "remote/http/sigv4.h"

/* A GET against one scripted answer; the body goes to `got`. */
static err_t get(const char *answer, uint64_t offset, uint64_t length, uint64_t limit, struct buf *got)
{
	struct server s;
	const char *script[] = { answer, NULL };
	up(&s, script);
	struct store *store = dav(&s, 0);
	err_t e = store_get_sync(store, NAME, offset, length, limit, got);
	store_close(store);
	down(&s);
	return e;
}

#define OK_206 "HTTP/1.1 206 Partial Content\r\nConnection: close\r\n"

static void a_whole_body_for_a_range_is_cut(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf got = BUF_INIT;
	assert_int_equal(get(OK_200 "Content-Length: 10\r\n\r\n0123456789", 3, 4, 0, &got), ERR_OK);
	assert_int_equal(got.len, 4);
	assert_memory_equal(got.p, "3456", 4);
	buf_clear(&got);
	assert_int_equal(get(OK_200 "\r\n0123456789", 6, 4, 0, &got), ERR_OK);
	assert_memory_equal(got.p, "6789", 4);
	assert_int_equal(get(OK_200 "\r\n0123456789", 7, 4, 0, NULL), ERR_DAMAGED);
	assert_int_equal(get(OK_200 "\r\n0123456789", 100, 4, 0, NULL), ERR_DAMAGED);
}

static void another_range_than_asked_for_is_refused(void **state)
{
	(void)state;
	static const char *const ranges[] = { "Content-Range: bytes 2-5/10\r\n", "Content-Range: bytes 3-7/10\r\n",
		                              "Content-Range: bytes x\r\n", "" };
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		char answer[200];
		snprintf(answer, sizeof(answer), OK_206 "%s\r\n3456", ranges[i]);
		assert_int_equal(get(answer, 3, 4, 0, NULL), ERR_DAMAGED);
	}
	assert_int_equal(get(OK_206 "Content-Range: bytes 3-6/10\r\n\r\n3456", 3, 4, 0, NULL), ERR_OK);
	assert_int_equal(get(OK_206 "Content-Range: bytes 3-6/10\r\n\r\n345", 3, 4, 0, NULL), ERR_DAMAGED);
	assert_int_equal(get(OK_206 "Content-Range: bytes 3-6/10\r\n\r\n34567", 3, 4, 0, NULL), ERR_DAMAGED);
	assert_int_equal(get(OK_206 "Content-Range: bytes 3-5/6\r\n\r\n345", 3, 4, 0, NULL), ERR_DAMAGED);
}

static void too_much_is_cut_off(void **state)
{
	(void)state;
	assert_int_equal(get(OK_200 "Content-Length: 99999999999\r\n\r\nxx", 0, 0, 100, NULL), ERR_LIMIT);
	assert_int_equal(get(OK_200 "\r\n0123456789", 0, 0, 9, NULL), ERR_LIMIT);
	assert_int_equal(get(OK_200 "\r\n0123456789", 0, 0, 10, NULL), ERR_OK);
}

static void answers_that_end_early_are_failures(void **state)
{
	(void)state;
	assert_int_equal(get(OK_200 "Content-Length: 10\r\n\r\n01234", 0, 0, 0, NULL), ERR_NET);
	assert_int_equal(get("", 0, 0, 0, NULL), ERR_NET);
	assert_int_equal(get("HTTP/1.1 2", 0, 0, 0, NULL), ERR_NET);
	assert_int_equal(get("garbage\r\n\r\n", 0, 0, 0, NULL), ERR_NET);
	assert_int_equal(get("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 0, 0, 0, NULL), ERR_NET);
}

static void statuses_have_their_meaning(void **state)
{
	(void)state;
	static const struct {
		const char *status;
		err_t e;
	} table[] = { { "301 Moved", ERR_NET },      { "401 No", ERR_DENIED },     { "403 No", ERR_REFUSED },
		      { "406 Filter", ERR_REFUSED }, { "451 Law", ERR_REFUSED },   { "407 Proxy", ERR_DENIED },
		      { "404 None", ERR_NOTFOUND },  { "408 Slow", ERR_TIMEOUT },  { "413 Big", ERR_LIMIT },
		      { "416 Range", ERR_DAMAGED },  { "423 Locked", ERR_NET },    { "429 Many", ERR_NET },
		      { "500 Oops", ERR_NET },       { "507 Full", ERR_STOREFULL } };
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char answer[200];
		snprintf(answer, sizeof(answer), "HTTP/1.1 %s\r\nConnection: close\r\nLocation: http://x/\r\n\r\n",
		         table[i].status);
		assert_int_equal(get(answer, 0, 0, 0, NULL), table[i].e);
	}
}

#define CREATED "HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#define MISSING "HTTP/1.1 404 None\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#define CONFLICT "HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#define FAILED "HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

static void a_missing_folder_is_made_whatever_the_server_calls_it(void **state)
{
	(void)state;
	static const struct {
		const char *script[4];
		err_t e;
	} table[] = {
		{ { MISSING, CREATED, CREATED }, ERR_OK },        { { CONFLICT, CREATED, CREATED }, ERR_OK },
		{ { FAILED, CREATED, CREATED }, ERR_OK },         { { FAILED, CREATED, FAILED }, ERR_NET },
		{ { CONFLICT, CONFLICT, MISSING }, ERR_NOSTORE }, { { FAILED, CONFLICT, FAILED }, ERR_NOSTORE },
		{ { MISSING, CREATED, MISSING }, ERR_NET },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct server s;
		up(&s, table[i].script);
		struct store *store = dav(&s, 0);
		assert_int_equal(store_put_sync(store, NAME, span_str("x")), table[i].e);
		if (!strcmp(table[i].script[1], CREATED))
			assert_int_equal(s.requests, 3);
		store_close(store);
		down(&s);
	}
}

static void a_stall_ends_in_time(void **state)
{
	(void)state;
	struct server s;
	const char *script[] = { OK_200 "Content-Length: 10\r\n\r\n012", NULL };
	struct timespec a, b;
	up(&s, script);
	s.stall = true;
	struct store *store = dav(&s, 300);
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(store_get_sync(store, NAME, 0, 0, 0, NULL), ERR_TIMEOUT);
	clock_gettime(CLOCK_MONOTONIC, &b);
	int64_t ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	assert_in_range(ms, 280, 5000);
	store_close(store);
	down(&s);
}

/* drip: a GET of `length` bytes, of which `bytes` come in each `ms`. */
static err_t drip(unsigned timeout_ms, unsigned ms, unsigned bytes, unsigned length, int64_t *took)
{
	struct server s;
	char answer[200];
	const char *script[] = { answer, NULL };
	struct timespec a, b;
	snprintf(answer, sizeof(answer), OK_200 "Content-Length: %u\r\n\r\n", length);
	up(&s, script);
	s.drip_ms = ms;
	s.drip = bytes;
	struct store *store = dav(&s, timeout_ms);
	clock_gettime(CLOCK_MONOTONIC, &a);
	err_t e = store_get_sync(store, NAME, 0, 0, 0, NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	*took = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	store_close(store);
	down(&s);
	return e;
}

/* A byte at a time keeps nobody for ever; what is slow and honest is waited for. */
static void a_server_that_drips_is_given_up(void **state)
{
	(void)state;
	int64_t ms;
	assert_int_equal(drip(200, 20, 1, 100000, &ms), ERR_TIMEOUT);
	assert_in_range(ms, 1900, 20000);
	assert_int_equal(drip(700, 30, 100, 27000, &ms), ERR_OK);
	assert_in_range(ms, 7000, 60000);
}

static void credentials_do_not_leave_uninvited(void **state)
{
	(void)state;
	struct server s;
	const char *script[] = { "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2/\r\nConnection: close\r\n\r\n",
		                 NULL };
	up(&s, script);
	struct store *store = s3(&s);
	assert_int_equal(store_put_sync(store, NAME, span_str("x")), ERR_NET);
	assert_int_equal(s.requests, 1); /* nothing was followed, to this host or another */
	assert_non_null(strstr(s.last, "Signature="));
	assert_null(strstr(s.last, "testsecret"));
	store_close(store);
	down(&s);
}

static enum store_list_next count(void *ctx, const char *name, uint64_t size)
{
	(void)name, (void)size;
	++*(unsigned *)ctx;
	return STORE_LIST_NEXT;
}

#define PAGE(more, key)                                                                                                \
	OK_200 "\r\n<ListBucketResult><IsTruncated>" more "</IsTruncated><Contents><Key>p/" key                        \
	       "</Key><Size>1</Size></Contents></ListBucketResult>"
#define KEY_1 "00/00000000000000000000000000000001"
#define KEY_2 "00/00000000000000000000000000000002"

static void a_list_that_repeats_itself_is_an_error(void **state)
{
	(void)state;
	struct server s;
	const char *script[] = { PAGE("true", KEY_1), NULL };
	unsigned n = 0;
	up(&s, script);
	struct store *store = s3(&s);
	assert_int_equal(store->ops->list(store, count, &n), ERR_NET);
	assert_in_range(s.requests, 2, 3);
	store_close(store);
	down(&s);
}

static void a_server_without_v2_is_listed_by_v1(void **state)
{
	(void)state;
	struct server s;
	const char *script[] = {
		"HTTP/1.1 501 No\r\nConnection: close\r\n\r\n<Error><Code>NotImplemented</Code></Error>",
		PAGE("true", KEY_1), PAGE("false", KEY_2), NULL
	};
	unsigned n = 0;
	up(&s, script);
	struct store *store = s3(&s);
	assert_int_equal(store->ops->list(store, count, &n), ERR_OK);
	assert_int_equal(n, 2);
	assert_non_null(strstr(s.last, "marker=p%2F00%2F00000000000000000000000000000001"));
	assert_null(strstr(s.last, "list-type"));
	store_close(store);
	down(&s);
}

static void a_list_that_fails_once_is_asked_for_again(void **state)
{
	(void)state;
	struct server s;
	const char *script[] = { FAILED, FAILED, PAGE("false", KEY_1), NULL };
	unsigned n = 0;
	up(&s, script);
	struct store *store = s3(&s);
	assert_int_equal(store->ops->list(store, count, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(s.requests, 3);
	store_close(store);
	down(&s);
}

static void a_page_that_is_no_listing_is_not_empty(void **state)
{
	(void)state;
	static const char *const answers[] = {
		OK_200 "\r\n<html>Log in</html>",
		OK_200 "\r\n",
		"HTTP/1.1 207 Multi-Status\r\nConnection: close\r\n\r\n<multistatus xmlns='DAV:'></multistatus>",
		"HTTP/1.1 207 Multi-Status\r\nConnection: close\r\n\r\n<multistatus xmlns='DAV:'>",
	};
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct server s;
		const char *script[] = { answers[i], NULL };
		unsigned n = 0;
		up(&s, script);
		struct store *d = dav(&s, 0), *b = s3(&s);
		assert_int_equal(d->ops->list(d, count, &n), ERR_NET);
		assert_int_equal(b->ops->list(b, count, &n), ERR_NET);
		assert_int_equal(n, 0);
		store_close(d);
		store_close(b);
		down(&s);
	}
}

/* The value of a header of the newest request. */
static void header(const struct server *s, const char *name, char out[400])
{
	const char *at = strcasestr(s->last, name);
	assert_non_null(at);
	at += strlen(name);
	snprintf(out, 400, "%.*s", (int)strcspn(at, "\r"), at);
}

/* What was sent is what was signed: the signature is made again from the request that arrived. */
static void signed_as_sent(const struct server *s, const char *path, const char *host)
{
	char want[600], got[400], date[400], payload[400];
	struct aws_keys keys = { "testkey", "testsecret", "", "us-east-1" };
	cleanup(buf_free) struct buf signature = BUF_INIT;
	snprintf(want, sizeof(want), "GET %s HTTP/1.1\r\n", path);
	assert_memory_equal(s->last, want, strlen(want));
	header(s, "\r\nhost: ", got);
	assert_string_equal(got, host);
	header(s, "\r\nx-amz-date: ", date);
	header(s, "\r\nx-amz-content-sha256: ", payload);
	const struct sigv4_pair pairs[] = { { "host", got },
		                            { "x-amz-content-sha256", payload },
		                            { "x-amz-date", date } };
	const struct sigv4 r = { .method = "GET",
		                 .path = path,
		                 .query = "",
		                 .payload = payload,
		                 .headers = pairs,
		                 .n_headers = 3,
		                 .region = "us-east-1",
		                 .service = "s3",
		                 .date = date };
	assert_int_equal(sigv4_sign(&r, &keys, &signature), ERR_OK);
	header(s, "\r\nAuthorization: ", want);
	assert_string_equal((char *)signature.p, want);
}

static void a_bucket_in_the_path_and_in_the_host_are_signed_as_sent(void **state)
{
	(void)state;
	static const struct {
		const char *addressing, *endpoint, *path, *host;
	} table[] = {
		{ NULL, "127.0.0.1", "/bucket/p/00/" NAME, "127.0.0.1" },
		{ "path", "localhost", "/bucket/p/00/" NAME, "localhost" },
		{ "virtual", "s3.localhost", "/p/00/" NAME, "bucket.s3.localhost" },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct server s;
		char endpoint[64], host[64];
		const char *script[] = { OK_200 "Content-Length: 1\r\n\r\nx", NULL };
		struct store *store;
		up(&s, script);
		snprintf(endpoint, sizeof(endpoint), "http://%s:%u", table[i].endpoint, s.port);
		snprintf(host, sizeof(host), "%s:%u", table[i].host, s.port);
		struct store_config c = { .url = "s3://bucket/p",
			                  .endpoint = endpoint,
			                  .region = "us-east-1",
			                  .addressing = table[i].addressing };
		assert_int_equal(store_s3_open(&c, &store, NULL), ERR_OK);
		assert_int_equal(store_get_sync(store, NAME, 0, 0, 0, NULL), ERR_OK);
		signed_as_sent(&s, table[i].path, host);
		store_close(store);
		down(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_body_for_a_range_is_cut),
		cmocka_unit_test(another_range_than_asked_for_is_refused),
		cmocka_unit_test(too_much_is_cut_off),
		cmocka_unit_test(answers_that_end_early_are_failures),
		cmocka_unit_test(statuses_have_their_meaning),
		cmocka_unit_test(a_missing_folder_is_made_whatever_the_server_calls_it),
		cmocka_unit_test(a_stall_ends_in_time),
		cmocka_unit_test(a_server_that_drips_is_given_up),
		cmocka_unit_test(credentials_do_not_leave_uninvited),
		cmocka_unit_test(a_list_that_repeats_itself_is_an_error),
		cmocka_unit_test(a_server_without_v2_is_listed_by_v1),
		cmocka_unit_test(a_list_that_fails_once_is_asked_for_again),
		cmocka_unit_test(a_page_that_is_no_listing_is_not_empty),
		cmocka_unit_test(a_bucket_in_the_path_and_in_the_host_are_signed_as_sent),
	};
	return cmocka_run_group_tests(tests, scripted_keys, NULL);
}
