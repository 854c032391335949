/* SPDX-License-Identifier: MIT
 * Parsers of what comes from the net: header lines, XML, listings, errors.
 */
#include "remote/http/headers.h"
#include "remote/http/http_call.h"
#include "remote/http/listing.h"
#include "remote/backends/s3_said.h"
#include "remote/http/words.h"
#include "remote/http/xml.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

static struct http_headers parse(const char *const *lines)
{
	struct http_headers h = { 0 };
	for (; *lines; lines++)
		assert_int_equal(headers_line(&h, span_str(*lines)), HEADERS_FINE);
	return h;
}

#define LINES(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void header_fields_are_read(void **state)
{
	(void)state;
	struct http_headers h = LINES("HTTP/1.1 206 Partial Content\r\n", "CONTENT-length:  17 \r\n",
	                              "Content-Range: bytes 5-21/100\r\n", "Location: https://other/\r\n", "\r\n");
	assert_int_equal(h.status, 206);
	assert_true(h.has_length && h.length == 17);
	assert_true(h.has_range && h.first == 5 && h.last == 21);
	assert_string_equal(h.location, "https://other/");
	assert_true(LINES("Content-Range: bytes 0-0/*").has_range);
}

static void a_new_status_line_forgets_the_old_header(void **state)
{
	(void)state;
	struct http_headers h = LINES("HTTP/1.1 401 No", "Content-Length: 9", "Retry-After: 3", "HTTP/1.1 200 OK");
	assert_int_equal(h.status, 200);
	assert_false(h.has_length || h.retry_after_s);
}

static void bad_ranges_and_lengths_are_none(void **state)
{
	(void)state;
	static const char *const ranges[] = {
		"",
		"bytes",
		"bytes 5",
		"bytes 5-",
		"bytes 5-4/10",
		"bytes 5-10/10",
		"bytes -5-10/11",
		"items 1-2/3",
		"bytes 1-2/3x",
		"bytes 1-2",
		"bytes 1-99999999999999999999/*",
		"bytes */100",
		"bytes 0x1-2/3",
	};
	char line[100];
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		snprintf(line, sizeof(line), "Content-Range: %s", ranges[i]);
		if (LINES(line).has_range)
			fail_msg("accepted: %s", line);
	}
	assert_false(LINES("Content-Length: -1").has_length);
	assert_false(LINES("Content-Length: 12a").has_length);
	assert_false(LINES("Content-Length: 99999999999999999999").has_length);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	(void)state;
	struct http_headers h = LINES("Retry-After: 7");
	assert_int_equal(headers_retry_ms(&h, 0), 7000);
	h = LINES("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT", "Date: Fri, 31 Dec 1999 23:59:29 GMT");
	assert_int_equal(headers_retry_ms(&h, 12345), 30000);
	h = LINES("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT");
	assert_int_equal(headers_retry_ms(&h, 946684799 - 5), 5000);
	assert_int_equal(headers_retry_ms(&h, 946684799 + 5), 0);
	h = LINES("Retry-After: 99999999999");
	assert_int_equal(headers_retry_ms(&h, 0), 24 * 3600 * 1000);
	h = LINES("Retry-After: soon");
	assert_int_equal(headers_retry_ms(&h, 0), 0);
}

static void endless_headers_are_cut_off(void **state)
{
	(void)state;
	struct http_headers h = { 0 };
	unsigned lines = 0;
	while (headers_line(&h, span_str("X-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")) == HEADERS_FINE &&
	       lines < 100000)
		lines++;
	assert_true(lines < 2000);
	h = (struct http_headers){ 0 };
	for (lines = 0; headers_line(&h, span_str("HTTP/1.1 100 Continue")) == HEADERS_FINE && lines < 100000;)
		lines++;
	assert_true(lines < 5000);
}

static void locations_cannot_forge_terminal_output(void **state)
{
	(void)state;
	struct http_headers h = { 0 };
	assert_int_equal(headers_line(&h, span_str("Location: x\x1b[2Jy")), HEADERS_FINE);
	assert_string_equal(h.location, "x?[2Jy");
}

/* --- XML --- */

static void open_nothing(void *ctx, const char *name)
{
	(void)ctx, (void)name;
}

static err_t keep_last(void *ctx, const char *name, const char *text)
{
	snprintf(ctx, 200, "%s=%s", name, text);
	return ERR_OK;
}

static err_t xml(const char *text, char last[200])
{
	static const struct xml_events events = { open_nothing, keep_last };
	last[0] = 0;
	return xml_parse(span_str(text), &events, last);
}

static void xml_drops_prefixes_and_decodes_entities(void **state)
{
	(void)state;
	char last[200];
	assert_int_equal(xml("<?xml version='1.0'?><D:a xmlns:D='DAV:'>x&amp;&#65;</D:a>", last), ERR_OK);
	assert_string_equal(last, "a=x&A");
}

static void hostile_xml_is_refused(void **state)
{
	(void)state;
	static const char *const table[] = {
		"",
		"no xml",
		"<a>",
		"<a></b>",
		"<a/><b/>",
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
		"<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]><l>&c;</l>",
		"<a>&undefined;</a>",
		"<a>\xff\xfe</a>",
		"<a b='1' b='2'/>",
	};
	char last[200];
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (xml(table[i], last) != ERR_DAMAGED)
			fail_msg("accepted: %s", table[i]);
	assert_int_equal(xml("<a>x\0y</a>", last), ERR_DAMAGED);
}

static void deep_and_long_xml_is_refused(void **state)
{
	(void)state;
	static char text[20000];
	char last[200];
	size_t n = 0;
	for (int i = 0; i < XML_MAX_DEPTH + 1; i++)
		n += (size_t)sprintf(text + n, "<a>");
	for (int i = 0; i < XML_MAX_DEPTH + 1; i++)
		n += (size_t)sprintf(text + n, "</a>");
	assert_int_equal(xml(text, last), ERR_DAMAGED);
	memset(text, 'x', sizeof(text));
	memcpy(text, "<a>", 3);
	memcpy(text + XML_MAX_TEXT + 4, "</a>", 5);
	assert_int_equal(xml(text, last), ERR_DAMAGED);
	memcpy(text + XML_MAX_TEXT + 3, "</a>", 5);
	assert_int_equal(xml(text, last), ERR_OK);
}

/* --- listings --- */

struct entries {
	unsigned n, collections;
	uint64_t bytes;
	char last[200];
	bool stop;
};

static enum store_list_next on_key(void *ctx, const char *key, uint64_t size)
{
	struct entries *e = ctx;
	e->n++;
	e->bytes += size;
	snprintf(e->last, sizeof(e->last), "%s", key);
	return e->stop ? STORE_LIST_STOP : STORE_LIST_NEXT;
}

static enum store_list_next on_member(void *ctx, const char *name, bool collection, uint64_t size)
{
	((struct entries *)ctx)->collections += collection;
	return on_key(ctx, name, size);
}

#define S3(body) "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" body "</ListBucketResult>"
#define KEY(k, s) "<Contents><Key>" k "</Key><Owner><ID>1</ID></Owner><Size>" s "</Size></Contents>"

static void s3_listings_are_read(void **state)
{
	(void)state;
	struct entries e = { 0 };
	struct s3_page page;
	assert_int_equal(s3_list_parse(span_str(S3("<Name>b</Name><IsTruncated>true</IsTruncated>" KEY("a/b", "10") KEY(
	                                       "a/c", "0") "<NextContinuationToken>t&amp;k</NextContinuationToken>")),
	                               on_key, &e, &page),
	                 ERR_OK);
	assert_int_equal(e.n, 2);
	assert_int_equal(e.bytes, 10);
	assert_true(page.truncated && !page.ended);
	assert_string_equal(page.token, "t&k");
	assert_string_equal(page.marker, "a/c");
	assert_int_equal(s3_list_parse(span_str(S3("<IsTruncated>false</IsTruncated>")), on_key, &e, &page), ERR_OK);
	assert_false(page.truncated);
	e = (struct entries){ .stop = true };
	assert_int_equal(s3_list_parse(span_str(S3(KEY("a", "1") KEY("b", "1"))), on_key, &e, &page), ERR_OK);
	assert_true(page.ended && e.n == 1);
}

static void broken_s3_listings_are_refused(void **state)
{
	(void)state;
	static const char *const table[] = {
		"<html><body>Welcome</body></html>",
		S3(KEY("a", "-1")),
		S3(KEY("a", "1x")),
		S3(KEY("a", "")),
		S3(KEY("a", "99999999999999999999999")),
		S3("<Contents><Key>a</Key></Contents>"),
		S3("<Contents><Size>1</Size></Contents>"),
		"<ListBucketResult>" KEY("a", "1"),
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct entries e = { 0 };
		struct s3_page page;
		if (s3_list_parse(span_str(table[i]), on_key, &e, &page) != ERR_DAMAGED)
			fail_msg("accepted: %s", table[i]);
	}
}

static void words_are_found_in_what_servers_say(void **state)
{
	(void)state;
	static const struct {
		const char *body, *words;
	} table[] = {
		{ "", "" },
		{ "<Error><Code>X</Code><Message> Not yours \n</Message></Error>", "Not yours" },
		{ "<d:error xmlns:d='DAV:' xmlns:s='s'><s:message>No</s:message></d:error>", "No" },
		{ "<Error><Message>half", "" },
		{ "<html><head><title>\n 403 Forbidden </title></head><body>x<hr>", "403 Forbidden" },
		{ "<html><title>open", "" },
		{ "<html><body>nothing</body></html>", "" },
		{ " read only\r\nand more", "read only" },
		{ "{\"error\": 1}", "" },
	};
	char words[WORDS_LEN];
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		words_of(span_str(table[i].body), words);
		assert_string_equal(words, table[i].words);
	}
	char long_one[1000];
	memset(long_one, 'x', sizeof(long_one));
	words_of(SPAN(long_one, sizeof(long_one)), words);
	assert_int_equal(strlen(words), WORDS_LEN - 1);
	words_of(SPAN("a\0b", 3), words);
	assert_string_equal(words, "a");
}

static void s3_errors_are_read_and_known(void **state)
{
	(void)state;
	struct s3_error x;
	assert_int_equal(s3_error_parse(span_str("<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code>"
	                                         "<Message>gone</Message><Region>eu-west-1</Region></Error>"),
	                                &x),
	                 ERR_OK);
	assert_string_equal(x.code, "NoSuchBucket");
	assert_string_equal(x.message, "gone");
	assert_string_equal(x.region, "eu-west-1");
	assert_int_equal(s3_error_parse(span_str("<html/>"), &x), ERR_DAMAGED);
	assert_int_equal(s3_error_parse(span_str("Bad Gateway"), &x), ERR_DAMAGED);
	assert_int_equal(s3_error_code("NoSuchBucket"), ERR_NOSTORE);
	assert_int_equal(s3_error_code("RequestTimeTooSkewed"), ERR_CLOCK);
	assert_int_equal(s3_error_code("QuotaExceeded"), ERR_STOREFULL);
	assert_int_equal(s3_error_code("UserSuspended"), ERR_DENIED);
	assert_int_equal(s3_error_code("SlowDown"), ERR_NET);
	assert_int_equal(s3_error_code("SomethingElse"), ERR_OK);
}

#define RESPONSE(href, props)                                                                                          \
	"<D:response><D:href>" href "</D:href><D:propstat><D:prop>" props "</D:prop></D:propstat></D:response>"
#define DAV(body) "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\">" body "</D:multistatus>"

static void webdav_listings_are_read(void **state)
{
	(void)state;
	struct entries e = { 0 };
	struct dav_page page;
	assert_int_equal(
	        dav_list_parse(
	                span_str(DAV(RESPONSE("/dav/x/", "<D:resourcetype><D:collection/></D:resourcetype>")
	                                     RESPONSE("https://h/dav/x/%61b%20c",
	                                              "<D:resourcetype/><D:getcontentlength>12</D:getcontentlength>"))),
	                on_member, &e, &page),
	        ERR_OK);
	assert_int_equal(page.responses, 2);
	assert_int_equal(e.collections, 1);
	assert_int_equal(e.bytes, 12);
	assert_string_equal(e.last, "ab c");
}

static void broken_webdav_listings_are_refused(void **state)
{
	(void)state;
	static const char *const table[] = {
		"<html><body>Login</body></html>",
		DAV("<D:response></D:response>"),
		DAV(RESPONSE("/a/%00", "")),
		DAV(RESPONSE("/a/b%2Fc", "")),
		DAV(RESPONSE("/a/b", "<D:getcontentlength>many</D:getcontentlength>")),
		"<D:multistatus xmlns:D='DAV:'>" RESPONSE("/a", ""),
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct entries e = { 0 };
		struct dav_page page;
		if (dav_list_parse(span_str(table[i]), on_member, &e, &page) != ERR_DAMAGED)
			fail_msg("accepted: %s", table[i]);
	}
}

static void truncated_input_never_passes(void **state)
{
	(void)state;
	static const char whole[] = S3("<IsTruncated>false</IsTruncated>" KEY("a/b", "10"));
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		struct entries e = { 0 };
		struct s3_page page;
		assert_int_equal(s3_list_parse(SPAN(whole, n), on_key, &e, &page), ERR_DAMAGED);
	}
}

static void what_a_server_says_becomes_text(void **state)
{
	(void)state;
	struct http_call c = { 0 };
	char longest[600];
	memset(longest, 0xc3, sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_int_equal(http_say(&c, ERR_NET, "to %s!", "h\n\033\x7f\xff\xc2\x9b"), ERR_NET);
	assert_string_equal(c.text, "to h      !");
	http_say(&c, ERR_NET, "%s", longest);
	for (const char *p = c.text; *p; p++)
		assert_in_range(*p, ' ', '~');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_fields_are_read),
		cmocka_unit_test(a_new_status_line_forgets_the_old_header),
		cmocka_unit_test(bad_ranges_and_lengths_are_none),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
		cmocka_unit_test(endless_headers_are_cut_off),
		cmocka_unit_test(locations_cannot_forge_terminal_output),
		cmocka_unit_test(xml_drops_prefixes_and_decodes_entities),
		cmocka_unit_test(hostile_xml_is_refused),
		cmocka_unit_test(deep_and_long_xml_is_refused),
		cmocka_unit_test(s3_listings_are_read),
		cmocka_unit_test(broken_s3_listings_are_refused),
		cmocka_unit_test(words_are_found_in_what_servers_say),
		cmocka_unit_test(s3_errors_are_read_and_known),
		cmocka_unit_test(webdav_listings_are_read),
		cmocka_unit_test(broken_webdav_listings_are_refused),
		cmocka_unit_test(truncated_input_never_passes),
		cmocka_unit_test(what_a_server_says_becomes_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
