/* SPDX-License-Identifier: MIT */
#include "cli/vaults/file_uri.h"
#include "cli/vaults/traces.h"
#include "util/cleanup.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants four of the above first */
#include <cmocka.h>

static void addresses_are_of_a_folder_or_not(void **state)
{
	(void)state;
	static const struct {
		const char *uri;
		bool under;
	} all[] = {
		{ "file:///h/My%20Vault", true },     { "file:///h/My%20Vault/", true },
		{ "file:///h/My Vault/a", true },     { "file://desk/h/My%20Vault/a", true },
		{ "file:///h/%4dy%20Vault/a", true }, { "file:///h/My%20Vaults", false },
		{ "file:///h/My%20Vaul", false },     { "file:///h/My", false },
		{ "file:///h/My%2", false },          { "file://", false },
		{ "file:/h/My%20Vault", false },      { "", false },
		{ "http:///h/My%20Vault/a", false },  { "sftp://h/My%20Vault/a", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		assert_int_equal(file_uri_under(span_str(all[i].uri), "/h/My Vault"), all[i].under);
	assert_true(file_uri_under(span_str("file:///a&amp;b/c"), "/a&b"));
	assert_true(file_uri_under(span_str("file:///a%26b/c"), "/a&b"));
	assert_true(file_uri_under(span_str("file:///a&apos;b"), "/a'b"));
	assert_false(file_uri_under(span_str("file:///a&am"), "/a&b"));
}

/* -- a home of its own ------------------------------------------------------------------------------------------- */

struct home {
	char path[64];
};

static void put_file(const struct home *h, const char *name, struct span bytes)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", h->path, name);
	cleanup_file FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.len, f), bytes.len);
}

static bool there(const struct home *h, const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", h->path, name);
	return !access(path, F_OK);
}

static void make_dir(const struct home *h, const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", h->path, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int set_up(void **state)
{
	struct home *h = calloc(1, sizeof(*h));
	assert_non_null(h);
	strcpy(h->path, "/tmp/traces.XXXXXX");
	assert_non_null(mkdtemp(h->path));
	setenv("XDG_CACHE_HOME", h->path, 1);
	setenv("XDG_DATA_HOME", h->path, 1);
	make_dir(h, "thumbnails");
	make_dir(h, "thumbnails/normal");
	make_dir(h, "thumbnails/fail");
	make_dir(h, "thumbnails/fail/some-1");
	*state = h;
	return 0;
}

static int tear_down(void **state)
{
	struct home *h = *state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", h->path);
	int r = system(command);
	free(h);
	return r;
}

static struct traces look(bool remove, struct deadline until)
{
	static const char *const dirs[] = { "/elsewhere", "/h/Vault" };
	struct traces t;
	traces_look(&(struct traces_of){ dirs, ARRAY_LEN(dirs), remove, until }, &t);
	return t;
}

/* -- thumbnails -------------------------------------------------------------------------------------------------- */

static void chunk(struct buf *b, const char *type, struct span data)
{
	const uint32_t n = (uint32_t)data.len;
	const uint8_t len[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
	buf_put(b, len, 4);
	buf_put(b, type, 4);
	buf_put(b, data.p, data.len);
	buf_put(b, "crc.", 4);
}

static void png(const struct home *h, const char *name, const char *type, struct span text)
{
	static const char picture[70000];
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_put(&b, "\x89PNG\r\n\x1a\n", 8);
	chunk(&b, "IHDR", SPAN("............", 13));
	chunk(&b, "tEXt", SPAN("Software\0some", 13));
	chunk(&b, "IDAT", SPAN(picture, sizeof(picture)));
	chunk(&b, type, text);
	chunk(&b, "IEND", SPAN("", 0));
	put_file(h, name, buf_span(&b));
}
#define TEXT(s) SPAN((s), sizeof(s) - 1)

static void thumbnails_go_when_they_are_of_it(void **state)
{
	const struct home *h = *state;
	png(h, "thumbnails/normal/a.png", "tEXt", TEXT("Thumb::URI\0file:///h/Vault/a.png"));
	png(h, "thumbnails/normal/b.png", "tEXt", TEXT("Thumb::URI\0file:///h/Vaults/b.png"));
	png(h, "thumbnails/normal/c.png", "tEXt", TEXT("Thumb::MTime\0file:///h/Vault/c.png"));
	png(h, "thumbnails/normal/d.png", "iTXt", TEXT("Thumb::URI\0\0\0en\0x\0file:///h/Vault/d.png"));
	png(h, "thumbnails/normal/e.png", "iTXt", TEXT("Thumb::URI\0\1\0en\0x\0file:///h/Vault/e.png"));
	png(h, "thumbnails/normal/f.txt", "tEXt", TEXT("Thumb::URI\0file:///h/Vault/f.png"));
	png(h, "thumbnails/fail/some-1/g.png", "tEXt", TEXT("Thumb::URI\0file:///h/Vault/g.png"));
	put_file(h, "thumbnails/normal/h.png", TEXT("\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXtThumb::URI\0file:///h/V"));
	put_file(h, "thumbnails/normal/i.png", TEXT("Thumb::URI\0file:///h/Vault/a.png"));
	put_file(h, "thumbnails/normal/j.png", TEXT(""));
	struct traces t = look(false, DEADLINE_NEVER);
	assert_int_equal(t.thumbnails, 3);
	assert_false(t.more);
	assert_true(there(h, "thumbnails/normal/a.png"));
	t = look(true, DEADLINE_NEVER);
	assert_int_equal(t.thumbnails, 3);
	assert_int_equal(t.stay, 0);
	static const char *const gone[] = { "normal/a.png", "normal/d.png", "fail/some-1/g.png" };
	static const char *const left[] = { "normal/b.png", "normal/c.png", "normal/e.png", "normal/f.txt",
		                            "normal/h.png", "normal/i.png", "normal/j.png" };
	char name[64];
	for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
		snprintf(name, sizeof(name), "thumbnails/%s", gone[i]);
		assert_false(there(h, name));
	}
	for (size_t i = 0; i < ARRAY_LEN(left); i++) {
		snprintf(name, sizeof(name), "thumbnails/%s", left[i]);
		assert_true(there(h, name));
	}
	assert_int_equal(look(false, DEADLINE_NEVER).thumbnails, 0);
}

static void no_more_time_is_said(void **state)
{
	const struct home *h = *state;
	png(h, "thumbnails/normal/a.png", "tEXt", TEXT("Thumb::URI\0file:///h/Vault/a.png"));
	assert_true(look(false, deadline_in(0)).more);
	assert_true(there(h, "thumbnails/normal/a.png"));
}

/* -- recent files ------------------------------------------------------------------------------------------------ */

#define HEAD "<?xml version=\"1.0\"?>\n<xbel version=\"1.0\"\n>\n"
#define ENTRY(uri)                                                                                                     \
	"  <bookmark href=\"" uri "\" added=\"2026-11-30T10:00:00Z\">\n    <info>\n      <bookmark:applications>\n"    \
	"        <bookmark:application name=\"x\" exec=\"&apos;x %u&apos;\"/>\n      </bookmark:applications>\n"       \
	"    </info>\n  </bookmark>\n"

static void entries_go_and_the_rest_stays(void **state)
{
	const struct home *h = *state;
	static const char list[] = HEAD ENTRY("file:///h/Vault/a") ENTRY("file:///h/x?Vault")
	        ENTRY("file:///h/Vault/b&amp;c") ENTRY("file:///h/Vaul") ENTRY("file:///h/Vault") "</xbel>";
	static const char rest[] = HEAD ENTRY("file:///h/x?Vault") ENTRY("file:///h/Vaul") "</xbel>";
	put_file(h, "recently-used.xbel", TEXT(list));
	assert_int_equal(look(false, DEADLINE_NEVER).recent, 3);
	struct traces t = look(true, DEADLINE_NEVER);
	assert_int_equal(t.recent, 3);
	assert_int_equal(t.stay, 0);
	char path[PATH_MAX], is[sizeof(list)] = "";
	snprintf(path, sizeof(path), "%s/recently-used.xbel", h->path);
	cleanup_file FILE *f = fopen(path, "re");
	assert_non_null(f);
	assert_true(fread(is, 1, sizeof(is) - 1, f) > 0);
	assert_string_equal(is, rest);
	assert_int_equal(look(false, DEADLINE_NEVER).recent, 0);
}

static void a_broken_list_stays(void **state)
{
	const struct home *h = *state;
	static const char *const lists[] = { "", "<bookmark ", "<bookmark href=\"file:///h/Vault/a",
		                             "<bookmark href=\"file:///h/Vault/a\">",
		                             "</bookmark><bookmark </bookmark>" };
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		put_file(h, "recently-used.xbel", span_str(lists[i]));
		assert_int_equal(look(true, DEADLINE_NEVER).recent, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_of_a_folder_or_not),
		cmocka_unit_test_setup_teardown(thumbnails_go_when_they_are_of_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_more_time_is_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(entries_go_and_the_rest_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_broken_list_stays, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
