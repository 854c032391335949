/* SPDX-License-Identifier: MIT
 * HTTP for the WebDAV and S3 stores: one thread drives libcurl's multi interface, calls wait in order of urgency for a
 * free connection. Never follows a redirect, never trusts a certificate it cannot verify, never takes more bytes than
 * asked for. `done` runs on that thread, holding no lock.
 */
#pragma once

#include "remote/http/headers.h"
#include "remote/store.h"

struct login { /* secret_alloc'ed */
	char user[256];
	char pass[1024];
};
struct http_config {
	char host[300]; /* for messages */
	bool loopback;  /* never through a proxy, plain http allowed */
	const char *ca_file;
	struct login *login; /* NULL: none; taken over, also on failure */
	unsigned connections, timeout_ms;
};
struct http;
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
	err_t e; /* no answer came, or not the range asked for, or too large */
	unsigned status;
	struct buf answer;
	struct head head;
	char text[256]; /* words for an error */
	struct http_call *next;
};
MUST_CHECK err_t http_new(const struct http_config *c, struct http **ret, struct why *why);
void http_submit(struct http *h, struct http_call *c);
/* http_run: blocking; tries again twice when the network or server hiccups. Leaves the answer in `c`; returns c->e. */
MUST_CHECK err_t http_run(struct http *h, struct http_call *c);
void http_header(struct http_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* http_say: sets c->text, cleaned of control characters; returns `e`. */
err_t http_say(struct http_call *c, err_t e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* http_judge: c->e, or what the status means to any store; sets c->text. */
err_t http_judge(struct http_call *c);
/* http_reset: forgets the answer and the headers, for another try. http_release: frees what `c` owns. */
void http_reset(struct http_call *c);
void http_release(struct http_call *c);
void http_limit(struct http *h, uint64_t up, uint64_t down);
/* http_shutdown: everything is answered ERR_CANCELED, later calls too; returns when all is answered. */
void http_shutdown(struct http *h);
void http_free(struct http *h);
