/* SPDX-License-Identifier: MIT
 * What an HTTP answer means to any store, and the parts of a call.
 */
#include "remote/http/http_call.h"

#include "crypto/secret.h"
#include "remote/http/words.h"
#include "util/cleanup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void http_header(struct http_call *c, const char *fmt, ...)
{
	char line[8192];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		c->headers.failed = true;
	else
		buf_put(&c->headers, line, (size_t)n + 1);
	crypto_wipe(line, sizeof(line));
}

err_t http_say(struct http_call *c, err_t e, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
	for (char *t = c->text; *t; t++)
		if ((unsigned char)*t < ' ' || (unsigned char)*t >= 0x7f)
			*t = ' '; /* servers say what they like, and what reads this wants text */
	return e;
}

/* host_of: of the call's URL, with its port. */
static void host_of(const struct http_call *c, char *out, size_t n)
{
	const char *host = c->url ? strstr(c->url, "://") : NULL;
	host = host ? host + 3 : "the server";
	snprintf(out, n, "%.*s", (int)strcspn(host, "/?"), host);
}

void http_object(const struct http_call *c, char *out, size_t n)
{
	const char *path = c->url ? strstr(c->url, "://") : NULL;
	path = path ? strchr(path + 3, '/') : NULL;
	size_t len = path ? strcspn(path, "?") : 0, from = len;
	while (from && path[from - 1] != '/')
		from--;
	if (from == len) /* a folder */
		from = 0;
	snprintf(out, n, "%.*s", (int)(len - from), path ? path + from : "");
}

static err_t say_denied(struct http_call *c)
{
	char host[100], words[WORDS_LEN];
	if (c->status == 407)
		return http_say(c, ERR_DENIED, "The proxy wants a user and password: put them into https_proxy.");
	host_of(c, host, sizeof(host));
	words_of(buf_span(&c->answer), words);
	return http_say(
	        c, ERR_DENIED,
	        "Wrong user or password for %s. Set them with --user and --pass-file, or in ~/.netrc; of a vault "
	        "that is here, with cloudseal config.%s%s",
	        host, *words ? " The server says: " : "", words);
}

static err_t say_refused(struct http_call *c)
{
	char host[100], object[100], words[WORDS_LEN];
	host_of(c, host, sizeof(host));
	http_object(c, object, sizeof(object));
	words_of(buf_span(&c->answer), words);
	return http_say(c, ERR_REFUSED,
	                "%s refuses %s (HTTP %u%s%s): allow this user to read and write there, or use another.", host,
	                object, c->status, *words ? ": " : "", words);
}

static err_t say_failed(struct http_call *c)
{
	char words[WORDS_LEN];
	words_of(buf_span(&c->answer), words);
	return http_say(c, ERR_NET, "The server failed (HTTP %u%s%s): try again later, or see its log.", c->status,
	                *words ? ": " : "", words);
}

err_t http_judge(struct http_call *c)
{
	unsigned s = c->status;
	if (c->e || (s >= 200 && s < 300))
		return c->e;
	if (s >= 300 && s < 400)
		return http_say(c, ERR_NET, "The server redirects to %s, which is not followed: use that URL itself.",
		                *c->answer_headers.location ? c->answer_headers.location : "another place");
	switch (s) {
	case 401:
	case 407:
		return say_denied(c);
	case 403:
	case 406: /* what filters before a server say */
	case 451:
		return say_refused(c);
	case 404:
	case 410:
		return http_say(c, ERR_NOTFOUND, "Not found (HTTP %u).", s);
	case 408:
		return http_say(c, ERR_TIMEOUT, "The server gave up waiting (HTTP %u): try again later.", s);
	case 413:
		return http_say(c, ERR_LIMIT, "The server does not take files of this size (HTTP %u): raise its limit.",
		                s);
	case 416:
		return http_say(c, ERR_DAMAGED, "The object is shorter than expected (HTTP %u).", s);
	case 423:
	case 425:
	case 429:
	case 503:
		return http_say(c, ERR_NET, "The server is busy (HTTP %u): try again later.", s);
	case 507:
		return http_say(c, ERR_STOREFULL,
		                "The server says that its disk or quota is full (HTTP %u): make room there.", s);
	default:
		return say_failed(c);
	}
}

void http_reset(struct http_call *c)
{
	buf_wipe_free(&c->headers);
	buf_free(&c->answer);
	c->answer_headers = (struct http_headers){ 0 };
	c->e = ERR_OK;
	c->status = 0;
	c->text[0] = 0;
}

void http_release(struct http_call *c)
{
	buf_wipe_free(&c->headers);
	buf_free(&c->answer);
	free(steal_ptr(c->url));
}
