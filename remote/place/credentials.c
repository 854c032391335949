/* SPDX-License-Identifier: MIT
 * Files are read whole (256 KiB at most) into buffers that are wiped. A secret out of one that all users of the machine
 * can read or write is refused; of one that is open to its group alone a log line warns.
 */
#include "remote/place/credentials.h"

#include "util/cleanup.h"
#include "util/log.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define CREDENTIALS_FILE_MAX (256u * 1024)

static void free_login(struct login **l)
{
	secret_free(*l);
}

static void free_keys(struct aws_keys **k)
{
	secret_free(*k);
}

/* A small file, whole. ERR_NOTFOUND: there is none. *ret_open: to all users of the machine. */
static err_t read_file(const char *path, struct buf *out, bool *ret_open)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : ERR_IO;
	struct stat st;
	if (fstat(fd, &st))
		return ERR_IO;
	*ret_open = S_ISREG(st.st_mode) && st.st_mode & (S_IROTH | S_IWOTH);
	if (S_ISREG(st.st_mode) && st.st_mode & S_IRWXG)
		log_warn(AREA_REMOTE, "%s is open to its group: chmod 600", path);
	for (;;) {
		uint8_t *p = buf_extend(out, 4096);
		if (!p)
			return ERR_NOMEM;
		ssize_t n = read(fd, p, 4096);
		out->len -= 4096 - (size_t)(n > 0 ? n : 0);
		if (n < 0 && errno != EINTR)
			return ERR_IO;
		if (!n)
			return ERR_OK;
		if (out->len > CREDENTIALS_FILE_MAX)
			return ERR_LIMIT;
	}
}

static err_t refuse_open(const char *path, struct why *why)
{
	return why_set(why, ERR_DENIED, "%.200s is open to all users of this machine: chmod 600 %.200s.", path, path);
}

/* The first line of `text`; false when it does not fit. */
static bool first_line(struct span text, char *out, size_t size)
{
	const char *p = text.p;
	size_t n = 0;
	while (n < text.len && p[n] != '\n' && p[n] != '\r' && p[n])
		n++;
	if (n >= size)
		return false;
	if (n)
		memcpy(out, p, n);
	out[n] = 0;
	return true;
}

static bool home_path(const char *name, char out[PATH_MAX])
{
	const char *home = getenv("HOME");
	return home && *home && snprintf(out, PATH_MAX, "%s/%s", home, name) < PATH_MAX;
}

/* --- netrc --- */

/* The next word, quoted or not, cut off the front of `s`. False at the end; *fits false when it is too long. */
static bool word(struct span *s, char *out, size_t size, bool *fits)
{
	const char *p = s->p, *end = p + s->len;
	size_t n = 0;
	*fits = true;
	while (p < end && isspace((unsigned char)*p))
		p++;
	bool any = p < end, quoted = any && *p == '"';
	for (p += quoted; p < end; p++) {
		if (quoted ? *p == '"' : isspace((unsigned char)*p))
			break;
		if (quoted && *p == '\\' && p + 1 < end)
			p++;
		if (n + 1 >= size)
			*fits = false;
		else
			out[n++] = *p;
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

/* A macro definition ends at an empty line. */
static void skip_macro(struct span *s)
{
	skip_line(s);
	while (s->len && *(const char *)s->p != '\n' && *(const char *)s->p != '\r')
		skip_line(s);
}

struct netrc {
	struct span text;
	const char *host, *user;
	bool applies, fits;
	struct login *entry; /* of the entry being read */
};

static bool complete(const struct netrc *n)
{
	bool user = !n->user || !*n->entry->user || !strcmp(n->entry->user, n->user);
	return n->applies && *n->entry->pass && user;
}

/* One keyword. False: an entry ends before it, which `complete` judges, and the keyword begins the next. */
static void keyword(struct netrc *n, const char *key)
{
	char other[512];
	bool fits = true;
	if (!strcmp(key, "machine") && word(&n->text, other, sizeof(other), &fits))
		n->applies = fits && !strcasecmp(other, n->host);
	else if (!strcmp(key, "default"))
		n->applies = true;
	else if (!strcmp(key, "login"))
		(void)word(&n->text, n->entry->user, sizeof(n->entry->user), &n->fits);
	else if (!strcmp(key, "password"))
		(void)word(&n->text, n->entry->pass, sizeof(n->entry->pass), &n->fits);
	else if (!strcmp(key, "account"))
		(void)word(&n->text, other, sizeof(other), &fits);
	else if (!strcmp(key, "macdef"))
		skip_macro(&n->text);
	else if (*key == '#')
		skip_line(&n->text);
}

static bool begins_entry(const char *key)
{
	return !strcmp(key, "machine") || !strcmp(key, "default");
}

err_t netrc_find(struct span text, const char *host, const char *user, struct login *ret)
{
	cleanup(free_login) struct login *entry = secret_alloc(sizeof(*entry));
	struct netrc n = { text, host, user, false, true, entry };
	char key[64];
	bool fits, more;
	if (!entry)
		return ERR_NOMEM;
	do {
		bool cut = !n.fits;
		more = word(&n.text, key, sizeof(key), &fits);
		if (n.applies && cut)
			return ERR_LIMIT;
		if ((!more || begins_entry(key)) && complete(&n)) {
			*ret = *entry;
			if (user)
				snprintf(ret->user, sizeof(ret->user), "%s", user);
			return ERR_OK;
		}
		if (more && begins_entry(key)) {
			crypto_wipe(entry, sizeof(*entry));
			n.applies = false;
		}
		n.fits = true;
		if (more)
			keyword(&n, key);
	} while (more);
	return ERR_NOTFOUND;
}

/* --- WebDAV --- */

static err_t login_from_file(const struct store_config *c, struct login *l, struct why *why)
{
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	bool open = false;
	err_t e = read_file(c->pass_file, &text, &open);
	if (e)
		return why_set(why, e == ERR_NOTFOUND ? ERR_DENIED : e, "The password file %s cannot be read.",
		               c->pass_file);
	if (open)
		return refuse_open(c->pass_file, why);
	if (!c->user)
		return why_set(why, ERR_INVAL, "A password file needs a user name too: --user, or the setting user.");
	if (!first_line(buf_span(&text), l->pass, sizeof(l->pass)) ||
	    (size_t)snprintf(l->user, sizeof(l->user), "%s", c->user) >= sizeof(l->user))
		return why_set(why, ERR_LIMIT, "The user name or password is too long.");
	return ERR_OK;
}

static err_t login_from_netrc(const struct store_config *c, const char *host, struct login *l, struct why *why)
{
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	char path[PATH_MAX] = "";
	bool open = false;
	const char *named = getenv("NETRC");
	if (named ? snprintf(path, sizeof(path), "%s", named) >= PATH_MAX : !home_path(".netrc", path))
		return ERR_NOTFOUND;
	err_t e = read_file(path, &text, &open);
	if (e == ERR_NOTFOUND)
		return e;
	if (!e)
		e = netrc_find(buf_span(&text), host, c->user, l);
	if (!e && open)
		return refuse_open(path, why);
	return e && e != ERR_NOTFOUND ? why_set(why, e, "%s cannot be used: %s.", path, err_text(e)) : e;
}

err_t login_load(const struct store_config *c, const char *host, struct login **ret, struct why *why)
{
	cleanup(free_login) struct login *l = secret_alloc(sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	err_t e = c->pass_file ? login_from_file(c, l, why) : login_from_netrc(c, host, l, why);
	if (e == ERR_NOTFOUND && c->user)
		return why_set(why, ERR_DENIED,
		               "No password for %s at %s: put it in ~/.netrc, or in a file that --pass-file (the "
		               "setting pass-file) names.",
		               c->user, host);
	if (e && e != ERR_NOTFOUND)
		return e;
	*ret = e ? NULL : steal_ptr(l);
	return ERR_OK;
}

/* --- S3 --- */

static struct span trim(struct span s)
{
	const char *p = s.p;
	while (s.len && isspace((unsigned char)*p))
		p++, s.len--;
	while (s.len && isspace((unsigned char)p[s.len - 1]))
		s.len--;
	return SPAN(p, s.len);
}

static bool is(struct span s, const char *text)
{
	return s.len == strlen(text) && !memcmp(s.p, text, s.len);
}

static void fill(char *out, size_t size, struct span v)
{
	if (!*out && v.len && v.len < size) {
		memcpy(out, v.p, v.len);
		out[v.len] = 0;
	}
}

static void assign(struct aws_keys *k, struct span key, struct span v)
{
	if (is(key, "aws_access_key_id"))
		fill(k->id, sizeof(k->id), v);
	else if (is(key, "aws_secret_access_key"))
		fill(k->secret, sizeof(k->secret), v);
	else if (is(key, "aws_session_token"))
		fill(k->token, sizeof(k->token), v);
	else if (is(key, "region"))
		fill(k->region, sizeof(k->region), v);
}

/* "[name]" or "[profile name]" */
static bool names_section(struct span line, const char *section)
{
	const char *p = line.p;
	if (line.len < 2 || p[line.len - 1] != ']')
		return false;
	struct span name = trim(SPAN(p + 1, line.len - 2));
	if (name.len > 8 && !memcmp(name.p, "profile ", 8))
		name = trim(SPAN((const char *)name.p + 8, name.len - 8));
	return is(name, section);
}

void aws_profile(struct span text, const char *section, struct aws_keys *k)
{
	bool inside = false;
	while (text.len) {
		struct span rest = text;
		skip_line(&rest);
		const char *raw = text.p;
		struct span line = trim(SPAN(raw, text.len - rest.len));
		const char *p = line.p, *eq = line.len ? memchr(p, '=', line.len) : NULL;
		text = rest;
		if (!line.len || *p == '#' || *p == ';')
			continue;
		if (*p == '[')
			inside = names_section(line, section);
		else if (inside && eq && !isspace((unsigned char)*raw)) /* indented lines belong to nested settings */
			assign(k, trim(SPAN(p, (size_t)(eq - p))), trim(SPAN(eq + 1, line.len - (size_t)(eq - p) - 1)));
	}
}

/* A variable, or the first line of the file that NAME_FILE names. */
static err_t from_env(const char *name, char *out, size_t size, struct why *why)
{
	char file_name[64];
	const char *v = getenv(name);
	if (v && *v) {
		fill(out, size, span_str(v));
		return *out ? ERR_OK : why_set(why, ERR_LIMIT, "%s is too long.", name);
	}
	snprintf(file_name, sizeof(file_name), "%s_FILE", name);
	const char *path = getenv(file_name);
	if (!path || !*path)
		return ERR_OK;
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	bool open = false;
	err_t e = read_file(path, &text, &open);
	if (e)
		return why_set(why, ERR_DENIED, "%s, named by %s, cannot be read.", path, file_name);
	if (open)
		return refuse_open(path, why);
	return first_line(buf_span(&text), out, size) ? ERR_OK : why_set(why, ERR_LIMIT, "%s is too long.", path);
}

static err_t keys_from_env(struct aws_keys *k, struct why *why)
{
	err_t e = from_env("AWS_ACCESS_KEY_ID", k->id, sizeof(k->id), why);
	if (!e)
		e = from_env("AWS_SECRET_ACCESS_KEY", k->secret, sizeof(k->secret), why);
	if (!e)
		e = from_env("AWS_SESSION_TOKEN", k->token, sizeof(k->token), why);
	return e;
}

static err_t keys_from_file(const char *variable, const char *standard, const char *section, struct aws_keys *k,
                            struct why *why)
{
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	char path[PATH_MAX];
	bool open = false, before = *k->secret;
	const char *named = getenv(variable);
	if (named ? snprintf(path, sizeof(path), "%s", named) >= PATH_MAX : !home_path(standard, path))
		return ERR_OK;
	err_t e = read_file(path, &text, &open);
	if (!e)
		aws_profile(buf_span(&text), section, k);
	if (!e && open && !before && *k->secret)
		return refuse_open(path, why);
	return e && e != ERR_NOTFOUND ? why_set(why, e, "%s cannot be read.", path) : ERR_OK;
}

static void find_region(const struct store_config *c, struct aws_keys *k)
{
	const char *names[] = { c->region, getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION") };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i])
			fill(k->region, sizeof(k->region), span_str(names[i]));
}

err_t aws_load(const struct store_config *c, struct aws_keys **ret, struct why *why)
{
	cleanup(free_keys) struct aws_keys *k = secret_alloc(sizeof(*k));
	const char *profile = c->profile ? c->profile : getenv("AWS_PROFILE");
	if (!k)
		return ERR_NOMEM;
	if (!profile || !*profile)
		profile = "default";
	find_region(c, k);
	err_t e = c->profile ? ERR_OK : keys_from_env(k, why); /* a profile that was asked for wins */
	if (!e && *k->id && *k->secret) { /* the environment is complete: no token or key of a file may mix in */
		struct aws_keys only_region = { .region = "" };
		e = keys_from_file("AWS_CONFIG_FILE", ".aws/config", profile, &only_region, why);
		fill(k->region, sizeof(k->region), span_str(only_region.region));
		crypto_wipe(&only_region, sizeof(only_region));
	} else if (!e) {
		k->id[0] = k->secret[0] = k->token[0] = 0;
		e = keys_from_file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", profile, k, why);
		if (!e)
			e = keys_from_file("AWS_CONFIG_FILE", ".aws/config", profile, k, why);
	}
	if (e)
		return e;
	if (!*k->id || !*k->secret)
		return why_set(
		        why, ERR_DENIED,
		        "No S3 keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or fill the profile \"%s\" in "
		        "~/.aws/credentials.",
		        profile);
	fill(k->region, sizeof(k->region), span_str("us-east-1"));
	*ret = steal_ptr(k);
	return ERR_OK;
}
