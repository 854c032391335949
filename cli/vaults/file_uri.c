/* SPDX-License-Identifier: MIT */
#include "cli/vaults/file_uri.h"

#include "util/cleanup.h"

#define SCHEME "file://"

static const struct {
	const char *text;
	char is;
} entities[] = { { "&amp;", '&' }, { "&apos;", '\'' }, { "&quot;", '"' }, { "&lt;", '<' }, { "&gt;", '>' } };

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* next: the byte that stands at `at`, which moves behind it. */
static char next(const char *text, size_t len, size_t *at)
{
	size_t left = len - *at;
	const char *p = text + *at;
	for (size_t i = 0; p[0] == '&' && i < ARRAY_LEN(entities); i++) {
		size_t n = strlen(entities[i].text);
		if (left >= n && !memcmp(p, entities[i].text, n)) {
			*at += n;
			return entities[i].is;
		}
	}
	if (p[0] == '%' && left >= 3 && digit(p[1]) >= 0 && digit(p[2]) >= 0) {
		*at += 3;
		return (char)(digit(p[1]) << 4 | digit(p[2]));
	}
	*at += 1;
	return p[0];
}

bool file_uri_under(struct span uri, const char *dir)
{
	const char *text = uri.p;
	size_t at = sizeof(SCHEME) - 1;
	if (uri.len < at || memcmp(text, SCHEME, at) != 0)
		return false;
	while (at < uri.len && text[at] != '/')
		at++;
	for (; *dir; dir++)
		if (at >= uri.len || next(text, uri.len, &at) != *dir)
			return false;
	return at == uri.len || next(text, uri.len, &at) == '/';
}
