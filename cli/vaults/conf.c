/* SPDX-License-Identifier: MIT */
#include "cli/vaults/conf.h"

#include "cli/ui/escape.h"
#include "cli/ui/nearest.h"
#include "cli/ui/units.h"
#include "util/cleanup.h"

#include <string.h>

#define CONF_FORMAT 1

enum kind { TEXT, PATH, SWITCH, SIZE, RATE, DURATION, COUNT };
/* Which vaults a setting is for, by their address. */
enum { FOR_DIR = 1, FOR_DAV = 2, FOR_S3 = 4, FOR_NET = FOR_DAV | FOR_S3, FOR_ALL = FOR_NET | FOR_DIR };
struct row {
	const char *name;
	enum kind kind;
	unsigned stores; /* FOR_... */
	bool live, advanced;
	uint64_t min, max; /* of numbers, in bytes, ms or counts */
	const char *fallback, *help;
};
#define WORDS(name, kind, stores, fallback, help)                                                                      \
	{                                                                                                              \
		name, kind, stores, false, false, 0, 0, fallback, help                                                 \
	}
static const struct row rows[CONF_KEYS] = {
	[CONF_STORE] =
	        WORDS("store", TEXT, FOR_ALL, "", "where the vault is: /path, https://host/path, s3://bucket/prefix"),
	[CONF_ENDPOINT] = WORDS("endpoint", TEXT, FOR_S3, "AWS", "S3 server"),
	[CONF_REGION] = WORDS("region", TEXT, FOR_S3, "environment, profile, us-east-1", "S3 region"),
	[CONF_PROFILE] = WORDS("profile", TEXT, FOR_S3, "AWS_PROFILE, default", "section of ~/.aws/credentials"),
	[CONF_ADDRESSING] = WORDS("addressing", TEXT, FOR_S3, "path for an endpoint, virtual for AWS",
	                          "S3 bucket in the path or in the host: path, virtual"),
	[CONF_CA_FILE] = WORDS("ca-file", PATH, FOR_NET, "the system's", "additional trusted certificates (PEM)"),
	[CONF_USER] = WORDS("user", TEXT, FOR_DAV, "~/.netrc", "WebDAV user"),
	[CONF_PASS_FILE] = WORDS("pass-file", PATH, FOR_DAV, "~/.netrc", "file with that user's password"),
	[CONF_CONNECTIONS] = { "connections", COUNT, FOR_NET, false, false, 1, 64, "8", "parallel requests" },
	[CONF_TIMEOUT] = { "timeout", DURATION, FOR_NET, false, false, 1000, 3600000, "30s",
	                   "a request without a byte for this long ends" },
	[CONF_CACHE_LIMIT] = { "cache-limit", SIZE, FOR_ALL, true, false, 64u << 20, 1ull << 60,
	                       "a share of the free disk", "file contents kept on this device" },
	[CONF_UP_LIMIT] = { "up-limit", RATE, FOR_ALL, true, false, 0, 1ull << 50, "none",
	                    "upload, bytes a second (0: none)" },
	[CONF_DOWN_LIMIT] = { "down-limit", RATE, FOR_ALL, true, false, 0, 1ull << 50, "none",
	                      "download, bytes a second (0: none)" },
	[CONF_POLL] = { "poll-interval", DURATION, FOR_ALL, false, false, 1000, 86400000, "5s",
	                "look for other devices' changes" },
	[CONF_UPLOAD_DELAY] = { "upload-delay", DURATION, FOR_ALL, false, false, 100, 3600000, "2s",
	                        "upload after this long without a change" },
	[CONF_CHECKPOINT_MIN] = { "checkpoint-min", SIZE, FOR_ALL, false, true, 16u << 10, 1u << 30, "1M",
	                          "commits of this size in all before a checkpoint is considered" },
	[CONF_MOUNT_POINT] = WORDS("mount-point", PATH, FOR_ALL, "~/cloudseal/NAME", "where mount puts it"),
	[CONF_PASSPHRASE_FILE] =
	        WORDS("passphrase-file", PATH, FOR_ALL, "none: ask", "opt-in: file with the vault's passphrase"),
	[CONF_ASKPASS] = WORDS("askpass", PATH, FOR_ALL, "CLOUDSEAL_ASKPASS, SSH_ASKPASS, pinentry",
	                       "program that asks for the passphrase without a terminal"),
	[CONF_RECOVERY_REMINDER] = WORDS("recovery-reminder", SWITCH, FOR_ALL, "on",
	                                 "a line when the recovery key was not checked for a year: on, off"),
};

static bool numeric(enum conf_key k)
{
	return rows[k].kind >= SIZE;
}

void conf_free(struct conf *c)
{
	for (int i = 0; i < CONF_KEYS; i++)
		free(c->text[i]);
	memset(c, 0, sizeof(*c));
}

const char *conf_name(enum conf_key k)
{
	return rows[k].name;
}

const char *conf_help(enum conf_key k)
{
	return rows[k].help;
}

bool conf_live(enum conf_key k)
{
	return rows[k].live;
}

bool conf_advanced(enum conf_key k)
{
	return rows[k].advanced;
}

bool conf_concerns(const struct conf *c, enum conf_key k)
{
	const char *store = c->text[CONF_STORE] ? c->text[CONF_STORE] : "";
	unsigned is = FOR_DIR;
	if (!strncmp(store, "s3://", 5))
		is = FOR_S3;
	else if (!strncmp(store, "http://", 7) || !strncmp(store, "https://", 8))
		is = FOR_DAV;
	return (rows[k].stores & is) != 0;
}

err_t conf_find(const char *name, enum conf_key *ret, struct why *why)
{
	struct nearest near = nearest_to(name, strlen(name));
	char list[400] = "", hint[NEAREST_HINT_MAX];
	for (int i = 0; i < CONF_KEYS; i++) {
		if (!strcmp(rows[i].name, name)) {
			*ret = (enum conf_key)i;
			return ERR_OK;
		}
		size_t n = strlen(list);
		snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", rows[i].name);
		nearest_try(&near, rows[i].name);
	}
	return why_set(why, ERR_INVAL, "no setting '%.40s'%s (there are %s)", name,
	               nearest_hint(&near, hint, sizeof(hint)), list);
}

/* What a value of each kind looks like, for people. */
static const char *const examples[] = {
	[SIZE] = "size such as 500K, 10M, 2G",
	[RATE] = "size such as 500K, 10M, 2G",
	[DURATION] = "time such as 500ms, 30s, 5m",
	[COUNT] = "whole number",
};

static void show_number(const struct row *r, uint64_t v, char *out, size_t n)
{
	if (r->kind == DURATION)
		units_ms(v, out, n);
	else if (r->kind == COUNT)
		snprintf(out, n, "%llu", (unsigned long long)v);
	else
		units_size(v, out, n);
}

static err_t parse_number(const struct row *r, const char *value, uint64_t *ret, struct why *why)
{
	char low[32], high[32];
	bool good = r->kind == DURATION ? units_parse_ms(value, ret) : units_parse_size(value, ret);
	if (!good)
		return why_set(why, ERR_INVAL, "%s: '%.60s' is not a %s", r->name, value, examples[r->kind]);
	if (*ret >= r->min && *ret <= r->max)
		return ERR_OK;
	show_number(r, r->min, low, sizeof(low));
	show_number(r, r->max, high, sizeof(high));
	return why_set(why, ERR_INVAL, "%s: '%.60s' cannot be; use %s to %s", r->name, value, low, high);
}

/* is_path: of this machine, where names may be of any bytes. */
static bool is_path(const struct row *r, const char *value)
{
	return r->kind == PATH || (r == &rows[CONF_STORE] && (value[0] == '/' || !strncmp(value, "dir:", 4)));
}

static err_t check_text(const struct row *r, const char *value, struct why *why)
{
	for (const char *p = value; *p && !is_path(r, value); p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return why_set(why, ERR_INVAL, "%s: holds a control character: leave it out", r->name);
	if (!*value)
		return why_set(why, ERR_INVAL, "%s: is empty (--unset goes back to the default)", r->name);
	if (r->kind == PATH && value[0] != '/')
		return why_set(why, ERR_INVAL, "%s: '%.60s' is not an absolute path: begin it with /", r->name, value);
	if (r->kind == SWITCH && strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		return why_set(why, ERR_INVAL, "%s: is on or off, not '%.60s'", r->name, value);
	if (!strcmp(r->name, "addressing") && strcmp(value, "path") != 0 && strcmp(value, "virtual") != 0)
		return why_set(why, ERR_INVAL, "addressing: is path or virtual, not '%.60s'", value);
	return ERR_OK;
}

err_t conf_set(struct conf *c, enum conf_key k, const char *value, struct why *why)
{
	const struct row *r = &rows[k];
	uint64_t number = 0;
	err_t e = ERR_OK;
	if (value)
		e = numeric(k) ? parse_number(r, value, &number, why) : check_text(r, value, why);
	if (!e && k == CONF_STORE && !value)
		e = why_set(why, ERR_INVAL, "store: a vault needs one; set another, or forget the vault");
	if (e)
		return e;
	char *copy = value ? strdup(value) : NULL;
	if (value && !copy)
		return ERR_NOMEM;
	free(c->text[k]);
	c->text[k] = copy;
	c->number[k] = number; // NOLINT(clang-analyzer-unix.Malloc): conf_free's loop is longer than it follows
	return ERR_OK;
}

void conf_show(const struct conf *c, enum conf_key k, char *out, size_t n)
{
	if (c->text[k])
		snprintf(out, n, "%s", c->text[k]);
	else
		snprintf(out, n, "(default: %s)", rows[k].fallback);
}

int conf_show_place(const struct conf *c, json_t *status)
{
	if (c->text[CONF_STORE] && escape_set(status, "store", c->text[CONF_STORE]))
		return -1;
	return c->text[CONF_ENDPOINT] ? escape_set(status, "endpoint", c->text[CONF_ENDPOINT]) : 0;
}

err_t conf_encode(const struct conf *c, struct buf *out)
{
	json_t *root = json_pack("{s:i}", "format", CONF_FORMAT);
	bool bad = !root;
	for (int i = 0; !bad && i < CONF_KEYS; i++)
		bad = c->text[i] && escape_set(root, rows[i].name, c->text[i]);
	char *text = bad ? NULL : json_dumps(root, JSON_INDENT(2) | JSON_SORT_KEYS);
	json_decref(root);
	if (!text)
		return ERR_NOMEM;
	buf_put(out, text, strlen(text));
	buf_put(out, "\n", 1);
	free(text);
	return buf_ok(out);
}

/* of_file: the setting of that name in vault.json, which may be of an older version. */
static err_t of_file(const char *name, enum conf_key *ret, struct why *why)
{
	if (!conf_find(strcmp(name, "settle") != 0 ? name : "upload-delay", ret, NULL))
		return ERR_OK;
	return why_set(why, ERR_DAMAGED,
	               "vault.json names a setting '%.60s', which this version does not know: take it out of the file",
	               name);
}

static err_t decode_members(json_t *root, struct conf *c, struct why *why)
{
	json_int_t format = json_integer_value(json_object_get(root, "format"));
	if (format > CONF_FORMAT)
		return why_set(why, ERR_VERSION,
		               "vault.json was written by a newer version of cloudseal: use that one");
	if (format != CONF_FORMAT)
		return why_set(why, ERR_DAMAGED, "vault.json is damaged: no format number");
	const char *name;
	json_t *value;
	json_object_foreach(root, name, value)
	{
		enum conf_key k;
		if (!strcmp(name, "format") || escape_is_hex(name))
			continue;
		err_t e = of_file(name, &k, why);
		if (e)
			return e;
		cleanup_free char *text = json_is_string(value) ? escape_get(root, name) : NULL;
		if (!text)
			return why_set(why, ERR_DAMAGED, "vault.json is damaged: '%.60s' is no text", name);
		e = conf_set(c, k, text, why);
		if (e)
			return e == ERR_INVAL ? ERR_DAMAGED : e;
	}
	if (!c->text[CONF_STORE])
		return why_set(why, ERR_DAMAGED, "vault.json is damaged: it has no setting store");
	return ERR_OK;
}

err_t conf_decode(struct span json, struct conf *ret, struct why *why)
{
	json_error_t at;
	json_t *root = json_loadb(json.p ? json.p : "", json.len, JSON_REJECT_DUPLICATES, &at);
	if (!json_is_object(root)) {
		json_decref(root);
		return why_set(why, ERR_DAMAGED, "vault.json is damaged: line %d: %.100s", at.line, at.text);
	}
	struct conf c = { 0 };
	err_t e = decode_members(root, &c, why);
	json_decref(root);
	if (e)
		conf_free(&c);
	else
		*ret = c;
	return e;
}

void conf_store(const struct conf *c, struct store_config *ret)
{
	*ret = (struct store_config){
		.url = c->text[CONF_STORE],
		.endpoint = c->text[CONF_ENDPOINT],
		.region = c->text[CONF_REGION],
		.profile = c->text[CONF_PROFILE],
		.addressing = c->text[CONF_ADDRESSING],
		.ca_file = c->text[CONF_CA_FILE],
		.user = c->text[CONF_USER],
		.pass_file = c->text[CONF_PASS_FILE],
		.connections = (unsigned)c->number[CONF_CONNECTIONS],
		.timeout_ms = (unsigned)c->number[CONF_TIMEOUT],
		.up = c->number[CONF_UP_LIMIT],
		.down = c->number[CONF_DOWN_LIMIT],
	};
}
