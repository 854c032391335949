/* SPDX-License-Identifier: MIT
 * One state a document; an entry is reported when its element closes.
 */
#include "remote/http/listing.h"

#include "remote/http/xml.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STOP ERR_CANCELED /* a callback had enough; becomes ERR_OK with `ended` */

static bool copy_text(char *out, size_t size, const char *text)
{
	return (size_t)snprintf(out, size, "%s", text) < size;
}

static bool number(const char *text, uint64_t *ret)
{
	char *end;
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	while (isspace((unsigned char)*end))
		end++;
	if (errno || *end)
		return false;
	*ret = v;
	return true;
}

/* --- S3 listings --- */

struct s3_state {
	struct s3_page page;
	s3_entry_fn fn;
	void *ctx;
	bool root, inside, has_key, has_size;
	char key[1025];
	uint64_t size;
};

static void s3_open(void *ctx, const char *name)
{
	struct s3_state *s = ctx;
	if (!strcmp(name, "ListBucketResult"))
		s->root = true;
	if (!strcmp(name, "Contents")) {
		s->inside = true;
		s->has_key = s->has_size = false;
	}
}

static err_t s3_contents_end(struct s3_state *s)
{
	s->inside = false;
	if (!s->has_key || !s->has_size)
		return ERR_DAMAGED;
	s->page.entries++;
	(void)copy_text(s->page.marker, sizeof(s->page.marker), s->key); /* same size */
	return s->fn(s->ctx, s->key, s->size) == STORE_LIST_STOP ? STOP : ERR_OK;
}

static err_t s3_close(void *ctx, const char *name, const char *text)
{
	struct s3_state *s = ctx;
	bool ok = true;
	if (!strcmp(name, "Contents"))
		return s3_contents_end(s);
	if (s->inside && !strcmp(name, "Key"))
		ok = s->has_key = copy_text(s->key, sizeof(s->key), text);
	else if (s->inside && !strcmp(name, "Size"))
		ok = s->has_size = number(text, &s->size);
	else if (!s->inside && !strcmp(name, "IsTruncated"))
		s->page.truncated = !strcmp(text, "true");
	else if (!s->inside && !strcmp(name, "NextContinuationToken"))
		ok = copy_text(s->page.token, sizeof(s->page.token), text);
	else if (!s->inside && !strcmp(name, "NextMarker"))
		ok = copy_text(s->page.marker, sizeof(s->page.marker), text);
	return ok ? ERR_OK : ERR_DAMAGED;
}

err_t s3_list_parse(struct span in, s3_entry_fn fn, void *ctx, struct s3_page *ret)
{
	static const struct xml_events events = { s3_open, s3_close };
	struct s3_state s = { .fn = fn, .ctx = ctx };
	err_t e = xml_parse(in, &events, &s);
	s.page.ended = e == STOP;
	if (e && !s.page.ended)
		return e;
	if (!s.root)
		return ERR_DAMAGED;
	*ret = s.page;
	return ERR_OK;
}

/* --- S3 errors --- */

static void ignore_open(void *ctx, const char *name)
{
	(void)ctx, (void)name;
}

static err_t error_close(void *ctx, const char *name, const char *text)
{
	struct s3_error *r = ctx;
	if (!strcmp(name, "Code"))
		(void)copy_text(r->code, sizeof(r->code), text); /* only words: a cut is fine */
	else if (!strcmp(name, "Message"))
		(void)copy_text(r->message, sizeof(r->message), text);
	else if (!strcmp(name, "Region"))
		(void)copy_text(r->region, sizeof(r->region), text);
	else if (!strcmp(name, "StorageClass"))
		(void)copy_text(r->storage, sizeof(r->storage), text);
	return ERR_OK;
}

err_t s3_error_parse(struct span in, struct s3_error *ret)
{
	static const struct xml_events events = { ignore_open, error_close };
	struct s3_error r = { "" };
	err_t e = xml_parse(in, &events, &r);
	if (!e && !*r.code)
		e = ERR_DAMAGED;
	if (!e)
		*ret = r;
	return e;
}

/* --- WebDAV --- */

struct dav_state {
	struct dav_page page;
	dav_entry_fn fn;
	void *ctx;
	bool root, inside, has_href, collection;
	char href[XML_MAX_TEXT + 1];
	uint64_t size;
};

static int hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* The last part of a path, percent-decoded in place. NULL: it would hold a NUL or a slash. */
static const char *last_part(char *href)
{
	size_t n = strlen(href);
	while (n && (href[n - 1] == '/' || isspace((unsigned char)href[n - 1])))
		href[--n] = 0;
	char *slash = strrchr(href, '/');
	char *from = slash ? slash + 1 : href, *to = from, *name = from;
	for (; *from; from++, to++) {
		*to = *from;
		if (*from != '%' || hex_digit(from[1]) < 0 || hex_digit(from[2]) < 0)
			continue;
		*to = (char)(hex_digit(from[1]) * 16 + hex_digit(from[2]));
		from += 2;
		if (!*to || *to == '/')
			return NULL;
	}
	*to = 0;
	return name;
}

static void dav_open(void *ctx, const char *name)
{
	struct dav_state *s = ctx;
	if (!strcmp(name, "multistatus"))
		s->root = true;
	if (!strcmp(name, "response")) {
		s->inside = true;
		s->has_href = s->collection = false;
		s->size = 0;
	}
}

static err_t dav_response_end(struct dav_state *s)
{
	s->inside = false;
	const char *name = s->has_href ? last_part(s->href) : NULL;
	if (!name)
		return ERR_DAMAGED;
	s->page.responses++;
	return s->fn(s->ctx, name, s->collection, s->size) == STORE_LIST_STOP ? STOP : ERR_OK;
}

static err_t dav_close(void *ctx, const char *name, const char *text)
{
	struct dav_state *s = ctx;
	if (!strcmp(name, "response"))
		return dav_response_end(s);
	if (!s->inside)
		return ERR_OK;
	if (!strcmp(name, "href") && !s->has_href)
		s->has_href = copy_text(s->href, sizeof(s->href), text);
	else if (!strcmp(name, "collection"))
		s->collection = true;
	else if (!strcmp(name, "getcontentlength") && *text && !number(text, &s->size))
		return ERR_DAMAGED;
	return ERR_OK;
}

err_t dav_list_parse(struct span in, dav_entry_fn fn, void *ctx, struct dav_page *ret)
{
	static const struct xml_events events = { dav_open, dav_close };
	struct dav_state s = { .fn = fn, .ctx = ctx };
	err_t e = xml_parse(in, &events, &s);
	s.page.ended = e == STOP;
	if (e && !s.page.ended)
		return e;
	if (!s.root)
		return ERR_DAMAGED;
	*ret = s.page;
	return ERR_OK;
}
