/* SPDX-License-Identifier: MIT
 * libcurl's callbacks for one transfer. What comes is judged at its first byte (is it the range asked for, is it too
 * large) and cut off at the first byte too many; what libcurl reports is put in words at the end.
 */
#include "remote/http/xfer.h"

#include "remote/place/credentials.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <string.h>

#define ERROR_BODY_KEPT (64u * 1024)
#define ERROR_BODY_MAX (1024u * 1024) /* a longer error page is cut off */
#define SKIP_MAX (64u * 1024 * 1024)  /* of a whole body sent for a range */
#define SLOWEST_CAP (256u * 1024)     /* libcurl's own speed limit is too coarse below this */

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct xfer *x = ctx;
	struct http_call *c = x->call;
	if (headers_line(&c->answer_headers, SPAN(p, size * n)) == HEADERS_FINE)
		return size * n;
	http_say(c, c->e = ERR_NET, "The server sends more than %u bytes of header: is the address right?",
	         HEADERS_MAX_BYTES);
	return 0;
}

/* The first byte of a body: is it the one that was asked for? */
static err_t judge_start(struct xfer *x)
{
	struct http_call *c = x->call;
	const struct http_headers *h = &c->answer_headers;
	x->begun = true;
	if (h->status < 200 || h->status >= 300)
		return ERR_OK;
	if (c->length && h->status == 206 &&
	    (!h->has_range || h->first != c->offset || h->last - h->first >= c->length))
		return http_say(c, ERR_DAMAGED, "The server answers with another range than asked for.");
	if (c->length && h->status == 200) {
		x->skip = c->offset;
		if (c->offset > SKIP_MAX)
			return http_say(c, ERR_LIMIT, "The server cannot send parts of an object.");
	}
	if ((!c->length || h->status != 200) && h->has_length && h->length > c->limit)
		return http_say(c, ERR_LIMIT, "The object is larger than it may be.");
	if (h->has_length && h->length <= c->limit && !buf_reserve(&c->answer, h->length))
		return ERR_NOMEM;
	return ERR_OK;
}

/* The server's words, kept as far as anyone will read them. */
static bool take_error_body(struct xfer *x, const char *p, size_t n)
{
	struct http_call *c = x->call;
	size_t room = c->answer.len < ERROR_BODY_KEPT ? ERROR_BODY_KEPT - c->answer.len : 0;
	buf_put(&c->answer, p, MIN(n, room));
	x->error_bytes += n;
	return x->error_bytes <= ERROR_BODY_MAX;
}

static size_t on_body(char *p, size_t size, size_t count, void *ctx)
{
	struct xfer *x = ctx;
	struct http_call *c = x->call;
	size_t n = size * count, whole = n;
	if (!x->begun && (c->e = judge_start(x)))
		return 0;
	if (c->answer_headers.status < 200 || c->answer_headers.status >= 300)
		return take_error_body(x, p, n) ? whole : 0;
	size_t skip = (size_t)MIN(x->skip, (uint64_t)n);
	x->skip -= skip;
	p += skip;
	n -= skip;
	uint64_t want = c->length ? c->length : c->limit;
	if (n > want - c->answer.len) {
		n = (size_t)(want - c->answer.len);
		x->full = c->length && c->answer_headers.status == 200;
		if (!x->full) {
			c->e = c->length ? http_say(c, ERR_DAMAGED, "The server sends more than the range asked for.")
			                 : http_say(c, ERR_LIMIT, "The object is larger than it may be.");
			return 0;
		}
	}
	buf_put(&c->answer, p, n);
	c->e = buf_ok(&c->answer);
	return c->e || x->full ? 0 : whole;
}

static size_t on_send(char *p, size_t size, size_t count, void *ctx)
{
	struct xfer *x = ctx;
	size_t n = MIN(size * count, x->call->body.len - x->sent);
	if (n)
		memcpy(p, (const char *)x->call->body.p + x->sent, n);
	x->sent += n;
	return n;
}

static int on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct xfer *x = ctx;
	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > x->call->body.len)
		return CURL_SEEKFUNC_FAIL;
	x->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static int on_progress(void *ctx, curl_off_t dtotal, curl_off_t dnow, curl_off_t utotal, curl_off_t unow)
{
	struct xfer *x = ctx;
	(void)dtotal, (void)utotal;
	curl_off_t n = dnow + unow;
	if (n != x->moved) {
		x->total += (uint64_t)(n > x->moved ? n - x->moved : n);
		x->moved = n;
		x->moved_at = clock_mono();
	}
	return 0;
}

/* Sticky curl_easy_setopt: keeps the first failure in `code`. */
#define SET(option, value)                                                                                             \
	do {                                                                                                           \
		CURLcode set_ = code ? code : curl_easy_setopt(x->easy, option, value);                                \
		code = set_;                                                                                           \
	} while (0)

/* What stays the same for every call of this handle. */
static CURLcode set_fixed(struct xfer *x, const struct http_config *h)
{
	CURLcode code = CURLE_OK;
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, h->loopback ? "http,https" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)h->timeout_ms);
	SET(CURLOPT_BUFFERSIZE, 256L * 1024);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, 128L * 1024);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_USERAGENT, "cloudseal/" CLOUDSEAL_VERSION);
	SET(CURLOPT_ERRORBUFFER, x->words);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, x);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, x);
	SET(CURLOPT_READFUNCTION, on_send);
	SET(CURLOPT_READDATA, x);
	SET(CURLOPT_SEEKFUNCTION, on_seek);
	SET(CURLOPT_SEEKDATA, x);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, x);
	SET(CURLOPT_PRIVATE, x);
	if (h->loopback)
		SET(CURLOPT_NOPROXY, "*");
	if (h->ca_file) /* the system's own certificates stay trusted through the default CURLOPT_CAPATH */
		SET(CURLOPT_CAINFO, h->ca_file);
	return code;
}

static CURLcode set_call(struct xfer *x, const struct xfer_setup *s, const struct http_call *c)
{
	CURLcode code = CURLE_OK;
	char range[64];
	SET(CURLOPT_URL, c->url);
	SET(CURLOPT_HTTPGET, 1L); /* also takes back an upload */
	if (c->has_body) {
		SET(CURLOPT_UPLOAD, 1L);
		SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)c->body.len);
	}
	SET(CURLOPT_CUSTOMREQUEST, c->method);
	snprintf(range, sizeof(range), "%llu-%llu", (unsigned long long)c->offset,
	         (unsigned long long)(c->offset + c->length - 1));
	SET(CURLOPT_RANGE, c->length ? range : NULL);
	SET(CURLOPT_HTTPHEADER, x->headers);
	SET(CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)(s->up >= SLOWEST_CAP ? s->up : 0));
	SET(CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)(s->down >= SLOWEST_CAP ? s->down : 0));
	if (s->config->login) {
		SET(CURLOPT_HTTPAUTH, s->auth);
		SET(CURLOPT_USERNAME, s->config->login->user);
		SET(CURLOPT_PASSWORD, s->config->login->pass);
	}
	return code;
}

static bool add_header(struct xfer *x, const char *line)
{
	struct curl_slist *more = curl_slist_append(x->headers, line);
	if (more)
		x->headers = more;
	return more != NULL;
}

static err_t build_headers(struct xfer *x, const struct xfer_setup *s, const struct http_call *c)
{
	/* while it is unknown how to authenticate, a large body waits for the server's go-ahead */
	bool knows = !s->config->login || !(s->auth & (s->auth - 1));
	bool ok = !knows || add_header(x, "Expect:");
	for (const char *at = (char *)c->headers.p; ok && at && at < (char *)c->headers.p + c->headers.len;
	     at += strlen(at) + 1)
		ok = add_header(x, at);
	return ok ? buf_ok(&c->headers) : ERR_NOMEM;
}

static void clear(struct xfer *x)
{
	curl_slist_free_all(x->headers);
	x->headers = NULL;
	x->call = NULL;
	x->moved = 0;
	x->total = x->window = 0;
	x->sent = x->error_bytes = 0;
	x->skip = 0;
	x->begun = x->full = false;
	x->words[0] = 0;
}

err_t xfer_start(struct xfer *x, const struct xfer_setup *s, struct http_call *c)
{
	if (!x->easy) {
		x->easy = curl_easy_init();
		if (!x->easy || set_fixed(x, s->config)) {
			xfer_free(x);
			return ERR_NOMEM;
		}
	}
	clear(x);
	if (build_headers(x, s, c) || set_call(x, s, c)) {
		clear(x);
		return ERR_NOMEM;
	}
	x->call = c;
	x->moved_at = x->window_at = clock_mono();
	return ERR_OK;
}

static err_t translate(struct xfer *x, const char *host, CURLcode code)
{
	struct http_call *c = x->call;
	const char *words = *x->words ? x->words : curl_easy_strerror(code);
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return http_say(c, ERR_NET, "The host %s cannot be found: check the name and the network.", host);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return http_say(c, ERR_NET, "The proxy's name cannot be found: check https_proxy.");
	case CURLE_COULDNT_CONNECT:
		return http_say(
		        c, ERR_NET,
		        "The host %s does not accept connections (%s): does the server run, is the address right?",
		        host, words);
	case CURLE_OPERATION_TIMEDOUT:
		return http_say(c, ERR_TIMEOUT, "The host %s does not answer: try again later, or check the network.",
		                host);
	case CURLE_PEER_FAILED_VERIFICATION:
		return http_say(c, ERR_TLS,
		                "The certificate of %s is not trusted (%s): --ca-file names a further authority.", host,
		                words);
	case CURLE_SSL_CACERT_BADFILE:
		return http_say(c, ERR_TLS,
		                "The file of trusted certificates cannot be used (%s): give another with --ca-file.",
		                words);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return http_say(c, ERR_TLS, "No secure connection to %s (%s): is it the right port?", host, words);
	case CURLE_OUT_OF_MEMORY:
		return ERR_NOMEM;
	default:
		return http_say(c, ERR_NET, "The connection to %s failed (%s): try again later, or check the network.",
		                host, words);
	}
}

/* The answer is complete; is it all of what was asked for? */
static err_t judge_end(struct xfer *x)
{
	struct http_call *c = x->call;
	if (!c->answer_headers.status)
		return http_say(c, ERR_NET, "The server's answer is not HTTP: is it the right port?");
	if (!x->begun && (c->e = judge_start(x)))
		return c->e;
	if (c->length && (c->answer_headers.status == 200 || c->answer_headers.status == 206) &&
	    c->answer.len < c->length)
		return http_say(c, ERR_DAMAGED, "The object is shorter than expected.");
	return buf_ok(&c->answer);
}

struct http_call *xfer_finish(struct xfer *x, const struct xfer_setup *s, CURLcode code)
{
	struct http_call *c = x->call;
	if (x->full || (code == CURLE_OK && !c->e))
		c->e = judge_end(x);
	else if (!c->e && code == CURLE_WRITE_ERROR && c->answer_headers.status >= 300)
		c->e = ERR_OK; /* only its error page was too long */
	else if (!c->e)
		c->e = translate(x, s->config->host, code);
	c->status = c->answer_headers.status;
	if (c->e)
		buf_clear(&c->answer);
	clear(x);
	return c;
}

void xfer_free(struct xfer *x)
{
	curl_slist_free_all(x->headers);
	if (x->easy)
		curl_easy_cleanup(x->easy);
	*x = (struct xfer){ 0 };
}
