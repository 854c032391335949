/* SPDX-License-Identifier: MIT */
#include "remote/http/words.h"

#include "remote/http/xml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* put: without the spaces around it, cut to fit. */
static void put(char out[WORDS_LEN], const char *text, size_t n)
{
	while (n && isspace((unsigned char)text[0]))
		text++, n--;
	n = n < WORDS_LEN ? n : WORDS_LEN - 1;
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	if (n)
		memcpy(out, text, n);
	out[n] = 0;
}

static void ignore_open(void *ctx, const char *name)
{
	(void)ctx, (void)name;
}

static err_t on_close(void *ctx, const char *name, const char *text)
{
	char *out = ctx;
	if (!strcasecmp(name, "message") && !*out)
		put(out, text, strlen(text));
	return ERR_OK;
}

/* of_title: pages are seldom XML. */
static void of_title(struct span body, char out[WORDS_LEN])
{
	static const char open[] = "<title>";
	const size_t n = sizeof(open) - 1;
	const char *p = body.p;
	for (size_t i = 0; i + n <= body.len; i++) {
		if (strncasecmp(p + i, open, n) != 0)
			continue;
		const char *from = p + i + n, *end = memchr(from, '<', body.len - i - n);
		if (end)
			put(out, from, (size_t)(end - from));
		return;
	}
}

static void of_line(struct span body, char out[WORDS_LEN])
{
	const char *p = body.p;
	size_t n = 0;
	while (n < body.len && p[n] && p[n] != '\n' && p[n] != '\r')
		n++;
	put(out, p, n);
}

void words_of(struct span body, char out[WORDS_LEN])
{
	static const struct xml_events events = { ignore_open, on_close };
	out[0] = 0;
	if (!body.len)
		return;
	if (xml_parse(body, &events, out) && *out)
		out[0] = 0; /* it may be half of one */
	if (!*out)
		of_title(body, out);
	if (!*out && !memchr(body.p, '<', body.len) && !memchr(body.p, '{', body.len))
		of_line(body, out);
}
