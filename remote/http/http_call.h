/* SPDX-License-Identifier: MIT
 * One HTTP request and its answer. Owned by who submits it; the HTTP thread's from http_submit until `done`.
 */
#pragma once

#include "remote/http/headers.h"
#include "remote/store.h"

struct http_call {
	const char *method; /* static */
	char *url;          /* owned */
	struct buf headers; /* "Name: value" NUL ...; see http_header */
	struct span body;
	bool has_body;
	uint64_t offset, length; /* a Range when length is not 0 */
	uint64_t limit;          /* of the answer's body */
	enum store_urgency urgency;
	/* prepare: just before it is sent, on the thread of `done`; signs. An error answers the call. NULL: nothing. */
	err_t (*prepare)(struct http_call *c);
	void (*done)(struct http_call *c);
	void *ctx;
	/* the answer */
	err_t e;         /* no answer came, or not the range asked for, or too large */
	unsigned status; /* 0: none came */
	struct buf answer;
	struct http_headers answer_headers;
	char text[256];         /* words for an error */
	struct http_call *next; /* in a queue of http.c */
};
/* http_header: adds a line of the request's header; marks c->headers failed when it is too long. */
void http_header(struct http_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* http_say: sets c->text, cleaned of control characters; returns `e`. */
err_t http_say(struct http_call *c, err_t e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* http_judge: c->e, or what the status means to any store; sets c->text. */
err_t http_judge(struct http_call *c);
/* http_object: what the request is about: the last part of the URL's path, all of it for a folder. */
void http_object(const struct http_call *c, char *out, size_t n);
/* http_reset: forgets the answer and the headers, for another try. http_release: frees what `c` owns. */
void http_reset(struct http_call *c);
void http_release(struct http_call *c);
