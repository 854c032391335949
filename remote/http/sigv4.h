/* SPDX-License-Identifier: MIT
 * AWS Signature Version 4 (header form, one chunk, the payload's real SHA-256), as "Signature Version 4 signing
 * process" of the AWS General Reference describes it. Pure: the time is a parameter.
 */
#pragma once

#include "remote/place/credentials.h"

struct sigv4_pair {
	const char *name, *value;
};
#define SIGV4_MAX_PAIRS 16
struct sigv4 {
	const char *method;
	const char *path;                 /* percent-encoded, as it is sent */
	const char *query;                /* from sigv4_query, as it is sent; "" for none */
	const char *payload;              /* hex SHA-256 of the body */
	const struct sigv4_pair *headers; /* names in lower case, any order; with host and x-amz-date */
	size_t n_headers;
	const char *region, *service;
	const char *date; /* from sigv4_date: 20130524T000000Z */
};
#define SIGV4_DATE_LEN 17
/* sigv4_date: seconds since 1970 as 20130524T000000Z. */
void sigv4_date(int64_t unix_time, char out[SIGV4_DATE_LEN]);
/* sigv4_encode: percent-encodes all but unreserved characters (and slashes, if `path`), upper-case digits. */
void sigv4_encode(struct buf *out, const char *text, bool path);
/* sigv4_query: the pairs encoded, sorted and joined, NUL-terminated. */
MUST_CHECK err_t sigv4_query(const struct sigv4_pair *pairs, size_t n, struct buf *out);
/* sigv4_canonical: the canonical request, for tests. */
MUST_CHECK err_t sigv4_canonical(const struct sigv4 *r, struct buf *out);
/* sigv4_sign: the value of the Authorization header, NUL-terminated, appended to `out`. ERR_LIMIT: more than
 * SIGV4_MAX_PAIRS headers. */
MUST_CHECK err_t sigv4_sign(const struct sigv4 *r, const struct aws_keys *keys, struct buf *out);
/* sigv4_hash: hex SHA-256. */
MUST_CHECK err_t sigv4_hash(struct span in, char out[65]);
