/* SPDX-License-Identifier: MIT
 * A recovery sheet: what is printed, that it fits on a page, that the bytes are those of an SVG and of a PDF.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "cli/secrets/recovery_page.h"
#include "util/cleanup.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define KEY "0A1B2-C3D4E-5F6G7-H8J9K-ABCDE-FGHJK-MNPQR"

static char *drawn(enum page_form form, const struct conf *c)
{
	const struct recovery_sheet s = { .path = "x", .vault = "demo", .conf = c, .state = "/nowhere" };
	cleanup(page_free) struct page p = { 0 };
	struct span bytes;
	ok(recovery_page_fits(&s, form, NULL));
	ok(page_begin(form, &p));
	ok(recovery_page_draw(&s, KEY, &p));
	ok(page_end(&p, &bytes));
	return strndup(bytes.p, bytes.len);
}

static err_t fits(enum page_form form, const char *store, struct why *why)
{
	struct conf c = { 0 };
	const struct recovery_sheet s = { .path = "x", .vault = "demo", .conf = &c, .state = "/nowhere" };
	c.text[CONF_STORE] = (char *)(uintptr_t)store;
	return recovery_page_fits(&s, form, why);
}

static bool has(const char *page, const char *text)
{
	return strstr(page, text) != NULL;
}

/* The command is the one that joins from there; what is a credential, or lies on this device alone, is not on paper. */
static void the_command_is_whole_and_says_no_credentials(void **state)
{
	(void)state;
	struct conf c = { 0 };
	c.text[CONF_STORE] = (char *)"s3://bucket/a";
	c.text[CONF_ENDPOINT] = (char *)"https://s3.example";
	c.text[CONF_REGION] = (char *)"eu-a";
	c.text[CONF_ADDRESSING] = (char *)"path";
	c.text[CONF_USER] = (char *)"the-user";
	c.text[CONF_PASS_FILE] = (char *)"/the-pass-file";
	c.text[CONF_PROFILE] = (char *)"the-profile";
	for (int form = PAGE_SVG; form <= PAGE_PDF; form++) {
		cleanup_free char *page = drawn((enum page_form)form, &c);
		assert_true(has(page, KEY));
		assert_true(has(page, "cloudseal join --name demo --endpoint https://s3.example --region"));
		assert_true(has(page, "cloudseal mount --recovery demo"));
		assert_false(has(page, "the-user") || has(page, "the-pass-file") || has(page, "the-profile"));
	}
}

static void what_means_something_elsewhere_is_escaped(void **state)
{
	(void)state;
	struct conf c = { 0 };
	c.text[CONF_STORE] = (char *)"/a (b)\\<c>&'d'";
	cleanup_free char *svg = drawn(PAGE_SVG, &c), *pdf = drawn(PAGE_PDF, &c);
	assert_true(has(svg, ">/a (b)\\&lt;c&gt;&amp;'d'<"));
	assert_true(has(svg, " '/a (b)\\&lt;c&gt;&amp;'\\''d'\\'''<"));
	assert_true(has(pdf, "(/a \\050b\\051\\134<c>&'d')"));
}

static void letters_that_a_pdf_lacks_are_refused_there(void **state)
{
	(void)state;
	struct why why = { 0 };
	ok(fits(PAGE_PDF, "/tmp/K\xc3\xbc\xc3\x9f", NULL));
	assert_int_equal(fits(PAGE_PDF, "/tmp/\xd0\xb4\xd0\xbe\xd0\xbc", &why), ERR_INVAL);
	assert_true(has(why.text, "name an .svg file"));
	ok(fits(PAGE_SVG, "/tmp/\xd0\xb4\xd0\xbe\xd0\xbc", NULL));
	assert_int_equal(fits(PAGE_SVG, "/tmp/\xff", &why), ERR_INVAL);
	assert_int_equal(fits(PAGE_SVG, "/tmp/a\nb", &why), ERR_INVAL);
	struct conf c = { 0 };
	c.text[CONF_STORE] = (char *)"/tmp/K\xc3\xbc";
	cleanup_free char *pdf = drawn(PAGE_PDF, &c);
	assert_true(has(pdf, "(/tmp/K\\374)"));
}

static int lowest(const char *svg)
{
	int most = 0;
	for (const char *at = svg; (at = strstr(at, "<text x=")) != NULL; at++) {
		const char *y = strstr(at, " y=\"");
		most = MAX(most, y ? atoi(y + 4) : 0);
	}
	return most;
}

static void the_longest_address_fits_and_a_longer_one_is_refused(void **state)
{
	(void)state;
	char store[400] = "/", longest[400] = "";
	struct why why = { 0 };
	struct conf c = { 0 };
	for (size_t n = 1; n < sizeof(store) - 1 && !fits(PAGE_SVG, store, &why); n++) {
		strcpy(longest, store);
		store[n] = 'x';
	}
	assert_true(strlen(longest) > 200 && strlen(longest) < sizeof(store) - 2);
	assert_true(has(why.text, "too long for a sheet"));
	c.text[CONF_STORE] = longest;
	cleanup_free char *svg = drawn(PAGE_SVG, &c), *pdf = drawn(PAGE_PDF, &c);
	assert_true(has(svg, ">Notes<") && has(pdf, "(Notes)"));
	assert_int_equal(lowest(svg), 750); /* the last line, which is within A4 and Letter */
}

/* A line ends at a blank where there is one, so that who types it knows that there is. */
static void a_command_is_parted_at_blanks(void **state)
{
	(void)state;
	struct conf c = { 0 };
	c.text[CONF_STORE] = (char *)"https://a-server-with-a-name.example/and/a/long/path/x";
	cleanup_free char *svg = drawn(PAGE_SVG, &c);
	assert_true(has(svg, ">cloudseal join --name demo</text>"));
	assert_true(has(svg, ">https://a-server-with-a-name.example/and/a/long/path/x</text>"));
}

/* The table at the end says where each object begins, and the stream's length is what it says. */
static void the_table_of_a_pdf_is_right(void **state)
{
	(void)state;
	struct conf c = { 0 };
	c.text[CONF_STORE] = (char *)"/store";
	cleanup_free char *pdf = drawn(PAGE_PDF, &c);
	const char *end = strstr(pdf, "startxref\n");
	assert_non_null(end);
	const char *table = pdf + atol(end + strlen("startxref\n"));
	assert_true(!strncmp(table, "xref\n0 9\n0000000000 65535 f \n", 29));
	for (int i = 1; i <= PAGE_OBJECTS; i++) {
		char begins[16];
		snprintf(begins, sizeof(begins), "%d 0 obj\n", i);
		const char *object = pdf + atol(table + 9 + 20 * i);
		assert_true(!strncmp(object, begins, strlen(begins)));
	}
	const char *from = strstr(pdf, "stream\n") + strlen("stream\n"), *to = strstr(pdf, "\nendstream");
	const char *length = pdf + atol(table + 9 + 20 * 5);
	assert_int_equal(atol(strchr(length, '\n') + 1), to - from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_command_is_whole_and_says_no_credentials),
		cmocka_unit_test(what_means_something_elsewhere_is_escaped),
		cmocka_unit_test(letters_that_a_pdf_lacks_are_refused_there),
		cmocka_unit_test(the_longest_address_fits_and_a_longer_one_is_refused),
		cmocka_unit_test(a_command_is_parted_at_blanks),
		cmocka_unit_test(the_table_of_a_pdf_is_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
