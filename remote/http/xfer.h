/* SPDX-License-Identifier: MIT
 * One libcurl easy handle and the call that it carries. Used only on the HTTP thread. The handle is never reset, so
 * that what it learned about Digest authentication lives on.
 */
#pragma once

#include "remote/http/http.h"

#include <curl/curl.h>

struct xfer {
	CURL *easy;
	struct http_call *call; /* NULL: free */
	struct curl_slist *headers;
	int64_t moved_at;   /* mono ns when a byte last moved */
	curl_off_t moved;   /* bytes, both ways; a request that is sent again counts anew */
	uint64_t total;     /* the same over all of that */
	int64_t window_at;  /* mono ns: when it was last looked how fast it goes */
	uint64_t window;    /* total then */
	size_t sent;        /* bytes of the body */
	size_t error_bytes; /* bytes of an error's body */
	uint64_t skip;      /* bytes still to pass over: a whole body came for a range */
	bool begun;         /* the header has been judged */
	bool full;          /* all that was asked for is here; the rest was refused */
	char words[CURL_ERROR_SIZE];
};
struct xfer_setup {
	const struct http_config *config;
	unsigned long auth; /* CURLAUTH bits to use */
	uint64_t up, down;  /* bytes per second; 0: unlimited */
};
/* xfer_start: sets everything for `c`; the caller adds the handle to its multi handle. On failure (ERR_NOMEM) `c` stays
 * the caller's. */
MUST_CHECK err_t xfer_start(struct xfer *x, const struct xfer_setup *s, struct http_call *c);
/* xfer_finish: translates libcurl's verdict into c->e and c->text, frees the transfer's own. Returns the call. */
struct http_call *xfer_finish(struct xfer *x, const struct xfer_setup *s, CURLcode code);
/* xfer_free: the handle too; it is in no multi handle any more. */
void xfer_free(struct xfer *x);
