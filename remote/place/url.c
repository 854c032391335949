/* SPDX-License-Identifier: MIT
 * Each scheme has a parser of its own; what a URL must not hold is refused with a sentence, never guessed.
 */
#include "remote/place/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

bool url_loopback(const char *host)
{
	size_t n = strlen(host);
	unsigned a, b, c, d;
	char rest;
	if (!strcmp(host, "localhost") || !strcmp(host, "[::1]"))
		return true;
	if (n > 10 && !strcmp(host + n - 10, ".localhost"))
		return true;
	return sscanf(host, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &rest) == 4 && a == 127 && b < 256 && c < 256 &&
	       d < 256;
}

uint16_t url_port(const struct url *u)
{
	if (u->port)
		return u->port;
	return u->scheme == URL_HTTPS ? 443 : 80;
}

static err_t parse_dir(const char *path, struct url *u, struct why *why)
{
	if (path[0] != '/')
		return why_set(why, ERR_INVAL, "dir: needs an absolute path, like dir:/srv/backup.");
	if ((size_t)snprintf(u->path, sizeof(u->path), "%s", path) >= sizeof(u->path))
		return why_set(why, ERR_INVAL, "The path is too long: give a shorter one.");
	return ERR_OK;
}

static err_t parse_port(const char *text, struct url *u, struct why *why)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || !port || port > 65535)
		return why_set(why, ERR_INVAL, "\"%.20s\" is not a port number.", text);
	u->port = (uint16_t)port;
	return ERR_OK;
}

static bool host_char(char c, bool v6)
{
	return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_' || (v6 && c == ':');
}

/* `text` is the part between :// and the path. */
static err_t parse_host(char *text, struct url *u, struct why *why)
{
	if (strchr(text, '@'))
		return why_set(why, ERR_INVAL,
		               "A URL must not contain a user or password: use ~/.netrc or a password file.");
	char *colon = *text == '[' ? strstr(text, "]:") : strchr(text, ':');
	if (colon && *text == '[')
		colon++;
	if (colon) {
		*colon = 0;
		err_t e = parse_port(colon + 1, u, why);
		if (e)
			return e;
	}
	size_t n = strlen(text);
	bool v6 = n > 2 && text[0] == '[' && text[n - 1] == ']';
	if (!n || n >= sizeof(u->host))
		return why_set(why, ERR_INVAL, "The URL names no host.");
	for (size_t i = v6; i < n - v6; i++)
		if (!host_char(text[i], v6))
			return why_set(why, ERR_INVAL, "\"%.100s\" is not a host name.", text);
	for (size_t i = 0; i <= n; i++)
		u->host[i] = (char)tolower((unsigned char)text[i]);
	return ERR_OK;
}

/* One character of a typed path to its place in u->path: kept when a URL may hold it, else percent-encoded. */
static bool put_path(struct url *u, size_t *n, const char *at)
{
	unsigned char c = (unsigned char)*at;
	bool escape = c == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]);
	if (*n + 4 > sizeof(u->path))
		return false;
	if (escape || isalnum(c) || strchr("-._~!$&'()*+,;=:@/", c))
		u->path[(*n)++] = (char)c;
	else
		*n += (size_t)snprintf(u->path + *n, 4, "%%%02X", c);
	return true;
}

static bool dotted(const char *path)
{
	for (const char *at = path; (at = strchr(at, '/')); at++) {
		size_t n = strcspn(at + 1, "/");
		if ((n == 1 && at[1] == '.') || (n == 2 && at[1] == '.' && at[2] == '.'))
			return true;
	}
	return false;
}

static err_t parse_http(const char *rest, struct url *u, struct why *why)
{
	char host[300];
	size_t n = strcspn(rest, "/?#"), len = 0;
	if (n >= sizeof(host))
		return why_set(why, ERR_INVAL, "The host name is too long.");
	snprintf(host, sizeof(host), "%.*s", (int)n, rest);
	err_t e = parse_host(host, u, why);
	if (e)
		return e;
	if (strpbrk(rest, "?#"))
		return why_set(why, ERR_INVAL, "The URL of a folder has no \"?\" or \"#\".");
	if (dotted(rest + n))
		return why_set(why, ERR_INVAL, "The URL must not contain \".\" or \"..\" as a folder.");
	for (const char *at = rest + n; *at; at++)
		if (!put_path(u, &len, at))
			return why_set(why, ERR_INVAL, "The URL is too long.");
	while (len && u->path[len - 1] == '/')
		len--;
	u->path[len] = 0;
	if (u->scheme == URL_HTTP && !url_loopback(u->host))
		return why_set(why, ERR_INVAL, "http:// to %s would send everything unprotected: use https://.",
		               u->host);
	return ERR_OK;
}

static err_t parse_s3(const char *rest, struct url *u, struct why *why)
{
	size_t n = strcspn(rest, "/");
	if (n < 3 || n > 255 || strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") < n)
		return why_set(why, ERR_INVAL, "\"%.*s\" is not a bucket name.", (int)(n < 100 ? n : 100), rest);
	snprintf(u->host, sizeof(u->host), "%.*s", (int)n, rest);
	const char *prefix = rest + n;
	if (strstr(prefix, "//") || dotted(prefix))
		return why_set(why, ERR_INVAL, "The prefix must not contain \"//\", \".\" or \"..\".");
	while (*prefix == '/')
		prefix++;
	if (strlen(prefix) >= 512)
		return why_set(why, ERR_INVAL, "The prefix is too long.");
	for (const char *c = prefix; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-._~/", *c))
			return why_set(why, ERR_INVAL, "The prefix may hold only letters, digits and -._~/.");
	n = (size_t)snprintf(u->path, sizeof(u->path), "%s", prefix);
	if (n && u->path[n - 1] == '/')
		u->path[n - 1] = 0;
	return ERR_OK;
}

err_t url_parse(const char *text, struct url *ret, struct why *why)
{
	struct url u = { 0 };
	err_t e;
	bool dir = text && (*text == '/' || starts(text, "dir:")); /* of any bytes, as directories are */
	for (const char *c = text && !dir ? text : ""; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return why_set(why, ERR_INVAL, "The address contains a control character.");
	if (!text || !*text) {
		e = why_set(why, ERR_INVAL, "No address is given: say /path, https://host/path or s3://bucket/prefix.");
	} else if (dir) {
		u.scheme = URL_DIR;
		e = parse_dir(*text == '/' ? text : text + 4, &u, why);
	} else if (starts(text, "https://")) {
		u.scheme = URL_HTTPS;
		e = parse_http(text + 8, &u, why);
	} else if (starts(text, "http://")) {
		u.scheme = URL_HTTP;
		e = parse_http(text + 7, &u, why);
	} else if (starts(text, "s3://")) {
		u.scheme = URL_S3;
		e = parse_s3(text + 5, &u, why);
	} else {
		e = why_set(why, ERR_INVAL,
		            "\"%.100s\" is no address of a vault: use /path, https://host/path or s3://bucket/prefix.",
		            text);
	}
	if (!e)
		*ret = u;
	return e;
}

bool url_host_bucket(const char *bucket)
{
	size_t n = strlen(bucket);
	return n >= 3 && n <= 63 && strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-.") == n &&
	       isalnum((unsigned char)bucket[0]) && isalnum((unsigned char)bucket[n - 1]) && !strstr(bucket, "..");
}
