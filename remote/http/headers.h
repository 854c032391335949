/* SPDX-License-Identifier: MIT
 * What we need of an HTTP answer's header, read line by line. Pure; lines come from the net.
 */
#pragma once

#include "util/buf.h"

#define HEADERS_MAX_BYTES (64u * 1024)

struct http_headers {
	unsigned status; /* 0: no status line yet */
	bool has_length; /* Content-Length */
	uint64_t length;
	bool has_range; /* Content-Range: bytes first-last/... */
	uint64_t first, last;
	unsigned retry_after_s; /* 0: not given */
	int64_t retry_at, date; /* as Unix time: Retry-After given as a date, and Date; 0: not given */
	char location[256];     /* a redirect's target */
	char region[64];        /* x-amz-bucket-region */
	size_t bytes;           /* of all lines, of interim answers too */
};
enum headers_verdict { HEADERS_FINE, HEADERS_TOO_LONG };
/* headers_line: one line, with or without its end. A status line starts anew. HEADERS_TOO_LONG: over HEADERS_MAX_BYTES,
 * give up. */
enum headers_verdict headers_line(struct http_headers *h, struct span line);
/* headers_retry_ms: how long the server asks us to wait; 0: it does not. `now`: Unix time, if the answer had no Date.
 */
unsigned headers_retry_ms(const struct http_headers *h, int64_t now);
/* headers_date: an HTTP date as Unix time, 0 when it is none. */
int64_t headers_date(struct span text);
