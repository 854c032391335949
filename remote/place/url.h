/* SPDX-License-Identifier: MIT
 * URLs of stores, taken apart. Pure.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

enum url_scheme { URL_DIR, URL_HTTP, URL_HTTPS, URL_S3 };
struct url {
	enum url_scheme scheme;
	char host[256];  /* lower case; the bucket of s3; an IPv6 address keeps its brackets */
	uint16_t port;   /* 0: the scheme's own */
	char path[4096]; /* dir: as typed; http: percent-encoded, begins with / and does not end with one ("" is the
	                    root); s3: the prefix without slashes around it */
};
/* url_parse: ERR_INVAL with a sentence. Accepts /path, dir:/path, http(s)://host[:port]/path and s3://bucket/prefix. */
MUST_CHECK err_t url_parse(const char *text, struct url *ret, struct why *why);
/* url_port: of http and https: the one that is asked. */
uint16_t url_port(const struct url *u);
/* url_loopback: names and addresses that never leave this machine. */
bool url_loopback(const char *host);
/* url_host_bucket: the bucket's name can be part of a host name. */
bool url_host_bucket(const char *bucket);
