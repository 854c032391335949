/* SPDX-License-Identifier: MIT */
#include "remote/place/netrc.h"

#include "crypto/secret.h"
#include "util/cleanup.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MACHINE_MAX 300

/* How well an entry fits. */
enum fit { FIT_NONE, FIT_DEFAULT, FIT_HOST, FIT_PORT };

struct entry {
	enum fit fit;  /* by its machine */
	unsigned port; /* of its own, 0: any */
	bool whole;    /* no word of it was cut */
	struct login login;
};
struct netrc {
	struct span text;
	const struct netrc_who *who;
	struct entry *now, *best; /* in secret memory; fit of best FIT_NONE: there is none */
};

static void free_entry(struct entry **e)
{
	secret_free(*e);
}

/* -- words -------------------------------------------------------------------------------------------------------- */

static char escaped(char c)
{
	static const char from[] = "nrt", to[] = "\n\r\t";
	const char *at = strchr(from, c);
	return c && at ? to[at - from] : c;
}

/* word: the next, quoted or not, cut off the front of `s`. False at the end; *fits false when it is too long. */
static bool word(struct span *s, char *out, size_t size, bool *fits)
{
	const char *p = s->p, *end = p + s->len;
	size_t n = 0;
	*fits = true;
	while (p < end && isspace((unsigned char)*p))
		p++;
	bool any = p < end, quoted = any && *p == '"';
	for (p += quoted; p < end; p++) {
		char c = *p;
		if (quoted ? c == '"' : isspace((unsigned char)c))
			break;
		if (quoted && c == '\\' && p + 1 < end)
			c = escaped(*++p);
		if (n + 1 >= size)
			*fits = false;
		else
			out[n++] = c;
	}
	out[n] = 0;
	p += quoted && p < end;
	*s = SPAN(p, (size_t)(end - p));
	return any;
}

static void skip_line(struct span *s)
{
	const char *nl = s->len ? memchr(s->p, '\n', s->len) : NULL;
	size_t n = nl ? (size_t)(nl - (const char *)s->p) + 1 : s->len;
	*s = SPAN((const char *)s->p + n, s->len - n);
}

/* skip_macro: a definition ends at an empty line. */
static void skip_macro(struct span *s)
{
	skip_line(s);
	while (s->len && *(const char *)s->p != '\n' && *(const char *)s->p != '\r')
		skip_line(s);
}

/* -- hosts -------------------------------------------------------------------------------------------------------- */

/* bare: an address without its brackets. */
static void bare(const char *host, char out[MACHINE_MAX])
{
	size_t n = strlen(host);
	bool brackets = n > 2 && host[0] == '[' && host[n - 1] == ']';
	snprintf(out, MACHINE_MAX, "%.*s", (int)(brackets ? n - 2 : n), host + brackets);
}

static bool same_host(const char *a, const char *b)
{
	char bare_a[MACHINE_MAX], bare_b[MACHINE_MAX];
	struct in6_addr v6_a, v6_b;
	bare(a, bare_a);
	bare(b, bare_b);
	if (!strcasecmp(bare_a, bare_b))
		return true;
	return inet_pton(AF_INET6, bare_a, &v6_a) == 1 && inet_pton(AF_INET6, bare_b, &v6_b) == 1 &&
	       !memcmp(&v6_a, &v6_b, sizeof(v6_a));
}

static bool parse_port(const char *text, unsigned *ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || !v || v > 65535)
		return false;
	*ret = (unsigned)v;
	return true;
}

/* names: the word after "machine": host or host:port. An address without brackets is a host. */
static enum fit names(char *machine, const struct netrc_who *who, unsigned *ret_port)
{
	char *colon = strrchr(machine, ':');
	bool v6 = strchr(machine, ':') != colon && machine[0] != '[';
	if (same_host(machine, who->host))
		return FIT_HOST;
	if (!colon || v6 || !parse_port(colon + 1, ret_port))
		return FIT_NONE;
	*colon = 0;
	return same_host(machine, who->host) ? FIT_HOST : FIT_NONE;
}

/* -- entries ------------------------------------------------------------------------------------------------------ */

static enum fit fit_of(const struct entry *e, const struct netrc_who *who)
{
	const struct login *l = &e->login;
	if ((e->port && e->port != who->port) || (who->user && *l->user && strcmp(l->user, who->user)))
		return FIT_NONE;
	if (e->whole && !*l->pass)
		return FIT_NONE;
	return e->fit == FIT_HOST && e->port ? FIT_PORT : e->fit;
}

/* entry_end: what was read last is kept when it fits better than all before. */
static void entry_end(struct netrc *n)
{
	enum fit fit = fit_of(n->now, n->who);
	if (fit > n->best->fit) {
		*n->best = *n->now;
		n->best->fit = fit;
	}
	crypto_wipe(n->now, sizeof(*n->now));
	n->now->whole = true;
}

/* value: of a keyword, into the entry. */
static void value(struct netrc *n, char *out, size_t size)
{
	bool fits;
	(void)word(&n->text, out, size, &fits);
	n->now->whole &= fits;
}

static void machine(struct netrc *n)
{
	char name[MACHINE_MAX];
	bool fits;
	entry_end(n);
	if (word(&n->text, name, sizeof(name), &fits) && fits)
		n->now->fit = names(name, n->who, &n->now->port);
}

static void port(struct netrc *n)
{
	char text[8];
	bool fits;
	if (word(&n->text, text, sizeof(text), &fits) && (!fits || !parse_port(text, &n->now->port)))
		n->now->fit = FIT_NONE;
}

static void keyword(struct netrc *n, const char *key)
{
	char other[8];
	bool fits;
	if (!strcmp(key, "machine")) {
		machine(n);
	} else if (!strcmp(key, "default")) {
		entry_end(n);
		n->now->fit = FIT_DEFAULT;
	} else if (!strcmp(key, "login")) {
		value(n, n->now->login.user, sizeof(n->now->login.user));
	} else if (!strcmp(key, "password")) {
		value(n, n->now->login.pass, sizeof(n->now->login.pass));
	} else if (!strcmp(key, "account")) {
		(void)word(&n->text, other, sizeof(other), &fits);
	} else if (!strcmp(key, "port")) {
		port(n);
	} else if (!strcmp(key, "macdef")) {
		skip_macro(&n->text);
	} else if (*key == '#') {
		skip_line(&n->text);
	}
}

err_t netrc_find(struct span text, const struct netrc_who *who, struct login *ret)
{
	cleanup(free_entry) struct entry *now = secret_alloc(sizeof(*now));
	cleanup(free_entry) struct entry *best = secret_alloc(sizeof(*best));
	struct netrc n = { text, who, now, best };
	char key[64];
	bool fits;
	if (!now || !best)
		return ERR_NOMEM;
	now->whole = true;
	while (word(&n.text, key, sizeof(key), &fits))
		keyword(&n, key);
	entry_end(&n);
	if (best->fit == FIT_NONE)
		return ERR_NOTFOUND;
	if (!best->whole)
		return ERR_LIMIT;
	*ret = best->login;
	if (who->user)
		snprintf(ret->user, sizeof(ret->user), "%s", who->user);
	return ERR_OK;
}
