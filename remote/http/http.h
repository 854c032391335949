/* SPDX-License-Identifier: MIT
 * HTTP for the WebDAV and S3 stores: one thread drives libcurl's multi interface, calls wait in order of urgency for a
 * free connection. Never follows a redirect, never trusts a certificate it cannot verify, never takes more bytes than
 * asked for. `done` runs on that thread, holding no lock.
 */
#pragma once

#include "remote/http/http_call.h"

struct login;
struct http_config {
	char host[300]; /* for messages */
	bool loopback;  /* never through a proxy, plain http allowed */
	const char *ca_file;
	struct login *login; /* NULL: none; taken over, also on failure */
	unsigned connections, timeout_ms;
};
struct http;
MUST_CHECK err_t http_new(const struct http_config *c, struct http **ret, struct why *why);
void http_submit(struct http *h, struct http_call *c);
/* http_run: blocking; tries again twice when the network or server hiccups. Leaves the answer in `c`; returns c->e. */
MUST_CHECK err_t http_run(struct http *h, struct http_call *c);
void http_limit(struct http *h, uint64_t up, uint64_t down);
/* http_shutdown: everything is answered ERR_CANCELED, later calls too; returns when all is answered. */
void http_shutdown(struct http *h);
void http_free(struct http *h);
