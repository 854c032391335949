/* SPDX-License-Identifier: MIT
 * Passwords as ~/.netrc has them. Pure.
 *
 * Words between white space; a word in double quotes may hold white space, and \\ with n, r or t in it is a line feed,
 * a carriage return, a tab, with anything else that itself. "machine" names a host, or host:port; an IPv6 address with
 * brackets or without, but with a port it needs them. "port" in an entry says the same. "#" begins a comment where a
 * keyword could stand.
 */
#pragma once

#include "util/buf.h"
#include "util/error.h"

struct login {
	char user[256];
	char pass[1024];
	char from[160]; /* of login_load: which file, in words */
};
struct netrc_who {
	const char *host; /* as url_parse has it: an IPv6 address has its brackets */
	uint16_t port;
	const char *user; /* NULL: whoever is there */
};
/* netrc_find: the first entry that names host and port, else the first that names the host alone, else the first
 * "default", wherever they stand. ERR_NOTFOUND: none; ERR_LIMIT: the one is too long. */
MUST_CHECK err_t netrc_find(struct span text, const struct netrc_who *who, struct login *ret);
