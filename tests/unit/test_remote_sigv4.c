/* SPDX-License-Identifier: MIT
 * AWS's own vectors: the Signature Version 4 test suite and the examples of the S3 documentation.
 */
#include "remote/http/sigv4.h"

#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

#define MAX_QUERY 4
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct aws_keys suite_keys = { .id = "AKIDEXAMPLE", .secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
static const struct aws_keys s3_keys = { .id = "AKIAIOSFODNN7EXAMPLE",
	                                 .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

struct vector {
	const char *name, *method, *path, *body;
	struct sigv4_pair query[MAX_QUERY];
	struct sigv4_pair headers[SIGV4_MAX_PAIRS];
	const char *signed_headers, *signature;
};

static size_t count(const struct sigv4_pair *pairs, size_t max)
{
	size_t n = 0;
	while (n < max && pairs[n].name)
		n++;
	return n;
}

static void check(const struct vector *v, const struct aws_keys *keys, const char *service, const char *date)
{
	cleanup(buf_free) struct buf path = BUF_INIT;
	cleanup(buf_free) struct buf query = BUF_INIT;
	cleanup(buf_free) struct buf got = BUF_INIT;
	char payload[65], want[1024];
	sigv4_encode(&path, v->path, true);
	buf_u8(&path, 0);
	assert_int_equal(sigv4_query(v->query, count(v->query, MAX_QUERY), &query), ERR_OK);
	assert_int_equal(sigv4_hash(span_str(v->body), payload), ERR_OK);
	struct sigv4 r = { .method = v->method,
		           .path = (char *)path.p,
		           .query = (char *)query.p,
		           .payload = payload,
		           .headers = v->headers,
		           .n_headers = count(v->headers, SIGV4_MAX_PAIRS),
		           .region = "us-east-1",
		           .service = service,
		           .date = date };
	assert_int_equal(sigv4_sign(&r, keys, &got), ERR_OK);
	snprintf(want, sizeof(want),
	         "AWS4-HMAC-SHA256 Credential=%s/%.8s/us-east-1/%s/aws4_request, SignedHeaders=%s, Signature=%s",
	         keys->id, date, service, v->signed_headers, v->signature);
	if (strcmp((char *)got.p, want) != 0)
		fail_msg("%s:\n  want %s\n  got  %s", v->name, want, (char *)got.p);
}

#define HOST                                                                                                           \
	{                                                                                                              \
		"host", "example.amazonaws.com"                                                                        \
	}
#define DATE                                                                                                           \
	{                                                                                                              \
		"x-amz-date", "20150830T123600Z"                                                                       \
	}
static const struct vector aws_vectors[] = {
	{ "get-vanilla",
	  "GET",
	  "/",
	  "",
	  { { 0 } },
	  { HOST, DATE },
	  "host;x-amz-date",
	  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "get-vanilla-query-order-key-case",
	  "GET",
	  "/",
	  "",
	  { { "Param2", "value2" }, { "Param1", "value1" } },
	  { HOST, DATE },
	  "host;x-amz-date",
	  "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
	{ "post-vanilla",
	  "POST",
	  "/",
	  "",
	  { { 0 } },
	  { HOST, DATE },
	  "host;x-amz-date",
	  "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
	{ "post-x-www-form-urlencoded",
	  "POST",
	  "/",
	  "Param1=value1",
	  { { 0 } },
	  { { "content-type", "application/x-www-form-urlencoded" }, HOST, DATE },
	  "content-type;host;x-amz-date",
	  "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
	{ "get-header-value-trim",
	  "GET",
	  "/",
	  "",
	  { { 0 } },
	  { HOST, { "my-header1", " value1" }, { "my-header2", " \"a   b   c\"" }, DATE },
	  "host;my-header1;my-header2;x-amz-date",
	  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
	{ "get-unreserved",
	  "GET",
	  "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	  "",
	  { { 0 } },
	  { DATE, HOST },
	  "host;x-amz-date",
	  "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f" },
	{ "get-utf8",
	  "GET",
	  "/\xe1\x88\xb4",
	  "",
	  { { 0 } },
	  { HOST, DATE },
	  "host;x-amz-date",
	  "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
};
#undef HOST
#undef DATE

static void signs_like_the_aws_test_suite(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(aws_vectors); i++)
		check(&aws_vectors[i], &suite_keys, "service", "20150830T123600Z");
}

#define HOST                                                                                                           \
	{                                                                                                              \
		"host", "examplebucket.s3.amazonaws.com"                                                               \
	}
#define DATE                                                                                                           \
	{                                                                                                              \
		"x-amz-date", "20130524T000000Z"                                                                       \
	}
#define NO_BODY                                                                                                        \
	{                                                                                                              \
		"x-amz-content-sha256", EMPTY                                                                          \
	}
static const struct vector s3_vectors[] = {
	{ "GET object",
	  "GET",
	  "/test.txt",
	  "",
	  { { 0 } },
	  { HOST, { "range", "bytes=0-9" }, NO_BODY, DATE },
	  "host;range;x-amz-content-sha256;x-amz-date",
	  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
	{ "PUT object",
	  "PUT",
	  "/test$file.text",
	  "Welcome to Amazon S3.",
	  { { 0 } },
	  { HOST,
	    { "date", "Fri, 24 May 2013 00:00:00 GMT" },
	    DATE,
	    { "x-amz-storage-class", "REDUCED_REDUNDANCY" },
	    { "x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072" } },
	  "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
	  "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
	{ "GET bucket lifecycle",
	  "GET",
	  "/",
	  "",
	  { { "lifecycle", "" } },
	  { HOST, NO_BODY, DATE },
	  "host;x-amz-content-sha256;x-amz-date",
	  "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
	{ "list objects",
	  "GET",
	  "/",
	  "",
	  { { "prefix", "J" }, { "max-keys", "2" } },
	  { HOST, NO_BODY, DATE },
	  "host;x-amz-content-sha256;x-amz-date",
	  "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

static void signs_like_the_s3_documentation(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(s3_vectors); i++)
		check(&s3_vectors[i], &s3_keys, "s3", "20130524T000000Z");
}

static void the_canonical_request_is_the_documented_one(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf got = BUF_INIT;
	const struct sigv4_pair headers[] = { DATE, { "range", "bytes=0-9" }, NO_BODY, HOST };
	struct sigv4 r = {
		.method = "GET", .path = "/test.txt", .query = "", .payload = EMPTY, .headers = headers, .n_headers = 4
	};
	assert_int_equal(sigv4_canonical(&r, &got), ERR_OK);
	buf_u8(&got, 0);
	assert_string_equal((char *)got.p, "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
	                                   "x-amz-content-sha256:" EMPTY "\nx-amz-date:20130524T000000Z\n\n"
	                                   "host;range;x-amz-content-sha256;x-amz-date\n" EMPTY);
}

static void queries_are_sorted_by_encoded_name(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf got = BUF_INIT;
	const struct sigv4_pair pairs[] = { { "a-b", "1" }, { "a", "2" }, { "prefix", "x/y z+~" }, { "A", "" } };
	assert_int_equal(sigv4_query(pairs, 4, &got), ERR_OK);
	assert_string_equal((char *)got.p, "A=&a=2&a-b=1&prefix=x%2Fy%20z%2B~");
}

static void dates_are_utc(void **state)
{
	(void)state;
	char date[SIGV4_DATE_LEN];
	sigv4_date(1440938160, date);
	assert_string_equal(date, "20150830T123600Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_like_the_aws_test_suite),
		cmocka_unit_test(signs_like_the_s3_documentation),
		cmocka_unit_test(the_canonical_request_is_the_documented_one),
		cmocka_unit_test(queries_are_sorted_by_encoded_name),
		cmocka_unit_test(dates_are_utc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
