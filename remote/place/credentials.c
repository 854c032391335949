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
	snprintf(l->from, sizeof(l->from), "the password file %.120s", c->pass_file);
	return ERR_OK;
}

static err_t login_from_netrc(const struct netrc_who *who, struct login *l, struct why *why)
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
		e = netrc_find(buf_span(&text), who, l);
	snprintf(l->from, sizeof(l->from), "%.120s", path);
	if (!e && open)
		return refuse_open(path, why);
	return e && e != ERR_NOTFOUND ? why_set(why, e, "%s cannot be used: %s.", path, err_text(e)) : e;
}

err_t login_load(const struct store_config *c, const struct url *u, struct login **ret, struct why *why)
{
	const struct netrc_who who = { u->host, url_port(u), c->user };
	cleanup(free_login) struct login *l = secret_alloc(sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	err_t e = c->pass_file ? login_from_file(c, l, why) : login_from_netrc(&who, l, why);
	if (e == ERR_NOTFOUND && c->user)
		return why_set(why, ERR_DENIED,
		               "No password for %s at %s: put it in ~/.netrc, or in a file that --pass-file (the "
		               "setting pass-file) names.",
		               c->user, u->host);
	if (e && e != ERR_NOTFOUND)
		return e;
	*ret = e ? NULL : steal_ptr(l);
	return ERR_OK;
}

/* waits: what a file descriptor or a pipe gives was read when the store was opened. */
static bool waits(const char *path)
{
	struct stat st;
	return path && !stat(path, &st) && !S_ISREG(st.st_mode);
}

err_t login_again(const struct store_config *c, const struct url *u, const struct login *now, struct login **ret)
{
	cleanup(free_login) struct login *l = NULL;
	if (waits(c->pass_file ? c->pass_file : getenv("NETRC")))
		return ERR_NOTFOUND;
	err_t e = login_load(c, u, &l, NULL);
	if (e)
		return e;
	if (!l || (now && !strcmp(l->user, now->user) && !strcmp(l->pass, now->pass)))
		return ERR_NOTFOUND;
	*ret = steal_ptr(l);
	return ERR_OK;
}

/* --- S3 --- */

/* cut_line: off the front of `text`. */
static struct span cut_line(struct span *text)
{
	const char *p = text->p, *nl = text->len ? memchr(p, '\n', text->len) : NULL;
	size_t n = nl ? (size_t)(nl - p) + 1 : text->len;
	*text = SPAN(p + n, text->len - n);
	return SPAN(p, n);
}

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
	else if (is(key, "endpoint_url"))
		fill(k->endpoint, sizeof(k->endpoint), v);
	else if (is(key, "services"))
		fill(k->services, sizeof(k->services), v);
}

/* section_name: what stands in its brackets; empty for a line that does not close them. */
static struct span section_name(struct span line)
{
	const char *p = line.p;
	return line.len < 2 || p[line.len - 1] != ']' ? SPAN(p, 0) : trim(SPAN(p + 1, line.len - 2));
}

/* of_kind: "kind name": the name; empty: it is of no such kind. */
static struct span of_kind(struct span section, const char *kind)
{
	const size_t n = strlen(kind);
	const char *p = section.p;
	if (section.len <= n || memcmp(p, kind, n) != 0 || !isspace((unsigned char)p[n]))
		return SPAN(p, 0);
	return trim(SPAN(p + n, section.len - n));
}

/* "[name]" or "[profile name]" */
static bool names_section(struct span line, const char *section)
{
	const struct span name = section_name(line), profile = of_kind(name, "profile");
	return is(profile.len ? profile : name, section);
}

struct setting { /* "key = value"; an indented one belongs to that above it */
	struct span key, value;
	bool indented;
};

/* setting_of: false: the line is none. */
static bool setting_of(struct span whole, struct setting *ret)
{
	const struct span line = trim(whole);
	const char *p = line.p, *eq = line.len ? memchr(p, '=', line.len) : NULL;
	if (!eq || *p == '#' || *p == ';' || *p == '[')
		return false;
	ret->key = trim(SPAN(p, (size_t)(eq - p)));
	ret->value = trim(SPAN(eq + 1, line.len - (size_t)(eq - p) - 1));
	ret->indented = isspace((unsigned char)*(const char *)whole.p);
	return true;
}

static bool begins_section(struct span line)
{
	return line.len && *(const char *)line.p == '[';
}

void aws_profile(struct span text, const char *section, struct aws_keys *k)
{
	bool inside = false;
	while (text.len) {
		const struct span whole = cut_line(&text), line = trim(whole);
		struct setting x;
		if (begins_section(line))
			inside = names_section(line, section);
		else if (inside && setting_of(whole, &x) && !x.indented)
			assign(k, x.key, x.value);
	}
}

void aws_services(struct span text, struct aws_keys *k)
{
	bool inside = false, s3 = false;
	while (text.len && *k->services) {
		const struct span whole = cut_line(&text), line = trim(whole);
		struct setting x;
		if (begins_section(line)) {
			inside = is(of_kind(section_name(line), "services"), k->services);
			s3 = false;
		} else if (inside && setting_of(whole, &x) && !x.indented) {
			s3 = is(x.key, "s3");
		} else if (s3 && setting_of(whole, &x) && is(x.key, "endpoint_url")) {
			fill(k->service_endpoint, sizeof(k->service_endpoint), x.value);
		}
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

/* aws_path: of the file that `variable` names, else of `standard` below the home directory. */
static bool aws_path(const char *variable, const char *standard, char path[PATH_MAX])
{
	const char *named = getenv(variable);
	return named ? snprintf(path, PATH_MAX, "%s", named) < PATH_MAX : home_path(standard, path);
}

static err_t keys_from_file(const char *variable, const char *standard, const char *section, struct aws_keys *k,
                            struct why *why)
{
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	char path[PATH_MAX];
	bool open = false, before = *k->secret;
	if (!aws_path(variable, standard, path))
		return ERR_OK;
	err_t e = read_file(path, &text, &open);
	if (!e)
		aws_profile(buf_span(&text), section, k);
	if (!e)
		aws_services(buf_span(&text), k);
	if (!e && open && !before && *k->secret)
		return refuse_open(path, why);
	if (!e && !before && *k->secret)
		snprintf(k->from, sizeof(k->from), "profile %.32s of %.80s", section, path);
	return e && e != ERR_NOTFOUND ? why_set(why, e, "%s cannot be read.", path) : ERR_OK;
}

static err_t keys_from_files(const char *section, struct aws_keys *k, struct why *why)
{
	err_t e = keys_from_file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", section, k, why);
	return e ? e : keys_from_file("AWS_CONFIG_FILE", ".aws/config", section, k, why);
}

/* no_keys: says where they were looked for. */
static err_t no_keys(const char *profile, struct why *why)
{
	char path[PATH_MAX];
	if (!aws_path("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", path))
		snprintf(path, sizeof(path), "~/.aws/credentials");
	return why_set(why, ERR_DENIED,
	               "No S3 keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or fill the profile \"%.64s\" in "
	               "%.200s.",
	               profile, path);
}

static void find_region(const struct store_config *c, struct aws_keys *k)
{
	const char *names[] = { c->region, getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION") };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i])
			fill(k->region, sizeof(k->region), span_str(names[i]));
}

static const char *profile_of(const struct store_config *c)
{
	const char *profile = c->profile ? c->profile : getenv("AWS_PROFILE");
	return profile && *profile ? profile : "default";
}

err_t aws_load(const struct store_config *c, struct aws_keys **ret, struct why *why)
{
	cleanup(free_keys) struct aws_keys *k = secret_alloc(sizeof(*k));
	const char *profile = profile_of(c);
	if (!k)
		return ERR_NOMEM;
	find_region(c, k);
	err_t e = c->profile ? ERR_OK : keys_from_env(k, why); /* a profile that was asked for wins */
	if (!e && *k->id && *k->secret) { /* the environment is complete: no token or key of a file may mix in */
		struct aws_keys only_region = { .region = "" };
		e = keys_from_file("AWS_CONFIG_FILE", ".aws/config", profile, &only_region, why);
		fill(k->region, sizeof(k->region), span_str(only_region.region));
		crypto_wipe(&only_region, sizeof(only_region));
		snprintf(k->from, sizeof(k->from), "the environment");
	} else if (!e) {
		k->id[0] = k->secret[0] = k->token[0] = 0;
		e = keys_from_files(profile, k, why);
	}
	if (e)
		return e;
	if (!*k->id || !*k->secret)
		return no_keys(profile, why);
	fill(k->region, sizeof(k->region), span_str("us-east-1"));
	*ret = steal_ptr(k);
	return ERR_OK;
}

/* --- S3: where --- */

/* take_variable: into `out`, when it is empty yet. */
static err_t take_variable(const char *name, char *out, size_t size, struct why *why)
{
	const char *v = getenv(name);
	if (*out || !v || !*v)
		return ERR_OK;
	fill(out, size, span_str(v));
	return *out ? ERR_OK : why_set(why, ERR_LIMIT, "%s is too long.", name);
}

static err_t endpoint_of(const char *profile, struct aws_place *p, struct why *why)
{
	static const char *const names[] = { "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL" };
	const char *ignore = getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	if (ignore && !strcasecmp(ignore, "true"))
		return ERR_OK;
	for (size_t i = 0; i < ARRAY_LEN(names) && !*p->endpoint; i++) {
		err_t e = take_variable(names[i], p->endpoint, sizeof(p->endpoint), why);
		if (e)
			return e;
		p->endpoint_from = names[i];
	}
	if (*p->endpoint)
		return ERR_OK;
	cleanup(free_keys) struct aws_keys *k = secret_alloc(sizeof(*k));
	err_t e = k ? keys_from_files(profile, k, why) : ERR_NOMEM;
	if (e)
		return e;
	const bool service = *k->service_endpoint;
	fill(p->endpoint, sizeof(p->endpoint), span_str(service ? k->service_endpoint : k->endpoint));
	p->endpoint_from = service ? "the profile's services" : "the profile's endpoint_url";
	return ERR_OK;
}

static bool has_keys(void)
{
	const char *id = getenv("AWS_ACCESS_KEY_ID"), *file = getenv("AWS_ACCESS_KEY_ID_FILE");
	return (id && *id) || (file && *file);
}

err_t aws_place_load(const struct store_config *c, struct aws_place *ret, struct why *why)
{
	struct aws_place p = { 0 };
	err_t e = take_variable("AWS_REGION", p.region, sizeof(p.region), why);
	if (!e)
		e = take_variable("AWS_DEFAULT_REGION", p.region, sizeof(p.region), why);
	if (!e && !has_keys())
		e = take_variable("AWS_PROFILE", p.profile, sizeof(p.profile), why);
	if (!e)
		e = endpoint_of(profile_of(c), &p, why);
	if (!e)
		*ret = p;
	return e;
}
err_t aws_again(const struct store_config *c, struct aws_keys *ret)
{
	static const char *const files[] = { "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_ACCESS_KEY_ID_FILE",
		                             "AWS_SECRET_ACCESS_KEY_FILE", "AWS_SESSION_TOKEN_FILE" };
	cleanup(free_keys) struct aws_keys *k = NULL;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (waits(getenv(files[i])))
			return ERR_NOTFOUND;
	err_t e = aws_load(c, &k, NULL);
	if (e)
		return e;
	if (!strcmp(k->id, ret->id) && !strcmp(k->secret, ret->secret) && !strcmp(k->token, ret->token))
		return ERR_NOTFOUND;
	memcpy(ret->id, k->id, sizeof(ret->id));
	memcpy(ret->secret, k->secret, sizeof(ret->secret));
	memcpy(ret->token, k->token, sizeof(ret->token));
	return ERR_OK;
}
