/* SPDX-License-Identifier: MIT
 * HTTP for the WebDAV and S3 stores: one thread drives libcurl's multi interface, calls wait in order of urgency for a
 * free connection. Never follows a redirect, never trusts a certificate it cannot verify, never takes more bytes than
 * asked for. `done` runs on that thread, holding no lock. Every function may be called on any thread. RFC 9110.
 */
#pragma once

#include "remote/http/http_call.h"

struct login;
struct http_config {
	char host[300];       /* for messages; the other strings are copied too */
	bool loopback;        /* never through a proxy, plain http allowed */
	const char *ca_file;  /* further trusted certificates (PEM); NULL: none */
	struct login *login;  /* NULL: none; taken over, also on failure */
	unsigned connections; /* at once; 0: 8 */
	unsigned timeout_ms; /* a transfer that moves no byte for so long is ended, and one that moves under 256 bytes a
	                      * second in ten times that; 0: 30,000 */
};
struct http;
/* http_new: starts the thread; nothing is sent. ERR_TLS with a sentence: no such file of certificates; ERR_NOMEM. */
MUST_CHECK err_t http_new(const struct http_config *c, struct http **ret, struct why *why);
/* http_submit: `c` is the thread's until c->done, which is called exactly once. */
void http_submit(struct http *h, struct http_call *c);
/* http_run: blocking; tries again twice when the network or server hiccups. Leaves the answer in `c`; returns c->e. Not
 * on the thread of `done`. */
MUST_CHECK err_t http_run(struct http *h, struct http_call *c);
/* http_login: another one from now on, which is taken over; what it was, NULL: none, stays readable until then. On the
 * thread of `done` alone. */
void http_login(struct http *h, struct login *login);
const struct login *http_login_now(const struct http *h);
/* http_limit: for each connection, in bytes per second; 0: unlimited. Transfers that run keep theirs. */
void http_limit(struct http *h, uint64_t up, uint64_t down);
/* http_shutdown: everything is answered ERR_CANCELED, later calls too; returns when all is answered. */
void http_shutdown(struct http *h);
/* http_free: after http_shutdown, which it calls if need be; NULL is fine. */
void http_free(struct http *h);
