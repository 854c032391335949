/* SPDX-License-Identifier: MIT
 * Header lines: names are compared without case, what is malformed counts as not given.
 */
#include "remote/http/headers.h"

#include "util/printable.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MAX_RETRY_S (24u * 3600)

/* Reads digits off the front of `s`; false when there are none or they overflow. */
static bool number(struct span *s, uint64_t *ret)
{
	const char *p = s->p;
	size_t i = 0;
	uint64_t v = 0;
	for (; i < s->len && isdigit((unsigned char)p[i]); i++)
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(p[i] - '0'), &v))
			return false;
	*s = SPAN(p + i, s->len - i);
	*ret = v;
	return i > 0;
}

static bool eat(struct span *s, const char *text)
{
	size_t n = strlen(text);
	if (s->len < n || strncasecmp(s->p, text, n) != 0)
		return false;
	*s = SPAN((const char *)s->p + n, s->len - n);
	return true;
}

static struct span trim(struct span s)
{
	const char *p = s.p;
	while (s.len && isspace((unsigned char)p[0]))
		p++, s.len--;
	while (s.len && isspace((unsigned char)p[s.len - 1]))
		s.len--;
	return SPAN(p, s.len);
}

static void text_of(struct span s, char *out, size_t size)
{
	size_t n = s.len < size - 1 ? s.len : size - 1;
	if (n)
		memcpy(out, s.p, n);
	printable(out, n);
	out[n] = 0;
}

int64_t headers_date(struct span text)
{
	char line[64];
	if (text.len >= sizeof(line))
		return 0;
	text_of(text, line, sizeof(line));
	time_t t = curl_getdate(line, NULL);
	return t > 0 ? t : 0;
}

static void content_range(struct http_headers *h, struct span v)
{
	uint64_t total;
	h->has_range = false;
	if (!eat(&v, "bytes ") || !number(&v, &h->first) || !eat(&v, "-") || !number(&v, &h->last) || !eat(&v, "/"))
		return;
	bool known = !eat(&v, "*");
	if (known && (!number(&v, &total) || h->last >= total))
		return;
	h->has_range = !v.len && h->first <= h->last;
}

static void retry_after(struct http_headers *h, struct span v)
{
	uint64_t s;
	struct span rest = v;
	if (number(&rest, &s) && !rest.len)
		h->retry_after_s = s > MAX_RETRY_S ? MAX_RETRY_S : (unsigned)s;
	else
		h->retry_at = headers_date(v);
}

static bool status_line(struct http_headers *h, struct span line)
{
	uint64_t status;
	if (!eat(&line, "HTTP/"))
		return false;
	const char *space = memchr(line.p, ' ', line.len);
	*h = (struct http_headers){ .bytes = h->bytes }; /* or endless "100 Continue" would never be cut off */
	if (!space)
		return true;
	line = trim(SPAN(space, line.len - (size_t)(space - (const char *)line.p)));
	if (number(&line, &status) && status >= 100 && status <= 999)
		h->status = (unsigned)status;
	return true;
}

enum headers_verdict headers_line(struct http_headers *h, struct span line)
{
	line = trim(line);
	h->bytes += line.len + 2;
	if (h->bytes > HEADERS_MAX_BYTES)
		return HEADERS_TOO_LONG;
	if (status_line(h, line))
		return HEADERS_FINE;
	struct span v = line;
	if (eat(&v, "content-length:")) {
		v = trim(v);
		h->has_length = number(&v, &h->length) && !v.len;
	} else if (eat(&v, "content-range:")) {
		content_range(h, trim(v));
	} else if (eat(&v, "retry-after:")) {
		retry_after(h, trim(v));
	} else if (eat(&v, "date:")) {
		h->date = headers_date(trim(v));
	} else if (eat(&v, "location:")) {
		text_of(trim(v), h->location, sizeof(h->location));
	} else if (eat(&v, "x-amz-bucket-region:")) {
		text_of(trim(v), h->region, sizeof(h->region));
	}
	return HEADERS_FINE;
}

unsigned headers_retry_ms(const struct http_headers *h, int64_t now)
{
	int64_t s = h->retry_after_s;
	if (h->retry_at)
		s = h->retry_at - (h->date ? h->date : now);
	if (s <= 0)
		return 0;
	return (unsigned)(s > (int64_t)MAX_RETRY_S ? MAX_RETRY_S : s) * 1000;
}
