/* SPDX-License-Identifier: MIT */
#include "cli/ui/options.h"

#include "cli/ui/nearest.h"
#include "util/cleanup.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

enum kind { FLAG, TEXT, NUMBER };
struct row {
	const char *name;
	char letter;
	enum kind kind;
	size_t offset;
	unsigned commands;
	const char *value, *help;
};
#define AT(field) offsetof(struct options, field)
/* Commands that ask for a secret; that take a STORE. */
#define OPENING (CMD_INIT | CMD_JOIN | CMD_MOUNT | CMD_DEBUG | CMD_REBUILD | CMD_PASSWD)
#define NEW (CMD_INIT | CMD_JOIN)

static const struct row rows[] = {
	{ "name", 'n', TEXT, AT(name), NEW, "NAME", "what the vault is called on this device" },
	{ "create", 0, FLAG, AT(create), CMD_INIT, NULL,
	  "make STORE where nothing is, and take it although other files are there" },
	{ "device-name", 0, TEXT, AT(device_name), NEW | CMD_REBUILD, "TEXT",
	  "what this device is called (default: host name)" },
	{ "recovery", 0, FLAG, AT(secret.recovery), CMD_MOUNT, NULL,
	  "open with the recovery key, and ask for a new passphrase" },
	{ "recovery", 0, FLAG, AT(secret.recovery), CMD_DEBUG | CMD_PASSWD, NULL,
	  "by the recovery key, without the passphrase" },
	{ "recovery-file", 0, TEXT, AT(secret.recovery_file), CMD_INIT, "FILE", "write the recovery key there" },
	{ "recovery-file", 0, TEXT, AT(secret.recovery_file), CMD_RECOVERY, "FILE",
	  "new: write the recovery key there; check, veto: read it from there" },
	{ "recovery-file", 0, TEXT, AT(secret.recovery_file), OPENING & ~CMD_INIT, "FILE",
	  "read the recovery key from the first line of FILE" },
	{ "recovery-sheet", 0, TEXT, AT(secret.recovery_sheet), CMD_INIT, "FILE",
	  "write the recovery key there as a page to print: .pdf or .svg" },
	{ "recovery-sheet", 0, TEXT, AT(secret.recovery_sheet), CMD_RECOVERY, "FILE",
	  "new: write the recovery key there as a page to print: .pdf or .svg" },
	{ "portable-passphrase", 0, FLAG, AT(secret.portable), CMD_INIT, NULL,
	  "the passphrase opens the vault from the cloud, where whoever reads can guess at it" },
	{ "portable-passphrase", 0, FLAG, AT(secret.portable), CMD_JOIN | CMD_REBUILD, NULL,
	  "by the passphrase that opens the vault from the cloud" },
	{ "invite", 0, FLAG, AT(invite), CMD_JOIN, NULL, "by the code that cloudseal device invite shows elsewhere" },
	{ "invite-file", 0, TEXT, AT(secret.code_file), CMD_JOIN, "FILE",
	  "read that code from the first line of FILE" },
	{ "passfile", 0, TEXT, AT(secret.passfile), OPENING, "FILE",
	  "read this device's passphrase from the first line of FILE" },
	{ "passfd", 0, NUMBER, AT(secret.passfd), CMD_PASSWD, "N",
	  "read the passphrase from file descriptor N, then the new one, in the next line" },
	{ "passfd", 0, NUMBER, AT(secret.passfd), OPENING & ~CMD_PASSWD, "N",
	  "read the passphrase from file descriptor N" },
	{ "new-passfile", 0, TEXT, AT(secret.new_passfile), CMD_PASSWD, "FILE",
	  "read the new passphrase from the first line of FILE" },
	{ "endpoint", 0, TEXT, AT(store.endpoint), NEW, "URL", "S3 server (default: AWS)" },
	{ "region", 0, TEXT, AT(store.region), NEW, "NAME", "S3 region" },
	{ "profile", 0, TEXT, AT(store.profile), NEW, "NAME", "section of ~/.aws/credentials" },
	{ "addressing", 0, TEXT, AT(store.addressing), NEW, "HOW",
	  "S3 bucket in the path or in the host: path, virtual" },
	{ "ca-file", 0, TEXT, AT(store.ca_file), NEW, "FILE", "additional trusted certificates (PEM)" },
	{ "user", 0, TEXT, AT(store.user), NEW, "NAME", "WebDAV user (default: ~/.netrc)" },
	{ "pass-file", 0, TEXT, AT(store.pass_file), NEW, "FILE",
	  "file with that user's password (default: ~/.netrc)" },
	{ "foreground", 'f', FLAG, AT(foreground), CMD_MOUNT, NULL, "stay in front" },
	{ "force-writable", 0, FLAG, AT(force_writable), CMD_MOUNT, NULL,
	  "writable, although the vault is known to be incomplete" },
	{ "options", 'o', TEXT, AT(mount_options), CMD_MOUNT, "LIST",
	  "mount options as in fstab: ro,noexec,passfile=..." },
	{ "flush", 0, FLAG, AT(flush), CMD_LOCK, NULL, "first wait until everything is uploaded" },
	{ "no-wait", 0, FLAG, AT(no_wait), CMD_LOCK, NULL, "lock at once, whatever is not uploaded" },
	{ "lazy", 0, FLAG, AT(lazy), CMD_LOCK, NULL, "detach even when files are open" },
	{ "timeout", 0, NUMBER, AT(timeout), CMD_LOCK, "SECONDS",
	  "give up waiting after this long (default: 30; with --flush: never)" },
	{ "timeout", 0, NUMBER, AT(timeout), CMD_SYNC | CMD_JOIN | CMD_DEVICE, "SECONDS",
	  "give up waiting after this long" },
	{ "json", 0, FLAG, AT(json),
	  CMD_STATUS | CMD_LIST | CMD_CONFIG | CMD_DEBUG | CMD_CONFLICTS | CMD_DEVICE | CMD_VERIFY | CMD_LOST, NULL,
	  "for programs" },
	{ "watch", 'w', FLAG, AT(watch), CMD_STATUS, NULL, "show it again every second" },
	{ "debug", 0, FLAG, AT(debug), CMD_STATUS, NULL, "with queue, locks, memtables, threads" },
	{ "unset", 0, FLAG, AT(unset), CMD_CONFIG, NULL, "back to the default" },
	{ "discard", 0, FLAG, AT(discard), CMD_FORGET | CMD_REBUILD, NULL,
	  "also when something is not uploaded: it is lost" },
	{ "yes", 'y', FLAG, AT(yes), CMD_DEVICE, NULL, "revoke: do not ask; invite: let in whoever asks first" },
	{ "yes", 'y', FLAG, AT(yes), CMD_LOST, NULL, "give up: do not ask" },
	{ "give-up", 0, FLAG, AT(give_up), CMD_LOST, NULL, "count what is lost as gone, on this device; asks first" },
	{ "remove", 0, FLAG, AT(remove), CMD_TRACES, NULL, "take them away" },
	{ "withdraw", 0, FLAG, AT(withdraw), CMD_DEVICE, NULL, "invite: the code that was shown counts no more" },
	{ "qr", 0, FLAG, AT(qr), CMD_VERIFY, NULL, "also as a QR code, for a camera" },
	{ "against", 0, TEXT, AT(against), CMD_VERIFY, "TEXT", "compare with what that code of another device says" },
	{ "quiet", 'q', FLAG, AT(quiet),
	  CMD_INIT | CMD_JOIN | CMD_SYNC | CMD_LOCK | CMD_PIN | CMD_REBUILD | CMD_DEVICE | CMD_RECOVERY, NULL,
	  "no progress bar" },
	{ "help", 'h', FLAG, AT(help), ~0u, NULL, "this text" },
};

static const struct row *find(unsigned command, const char *name, size_t len, char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		bool same = letter ? r->letter == letter : strlen(r->name) == len && !memcmp(r->name, name, len);
		if (same && (r->commands & command))
			return r;
	}
	return NULL;
}

static bool number_of(const char *text, int64_t *ret)
{
	char *end;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (errno || end == text || *end || v < 0 || v > INT_MAX)
		return false;
	*ret = v;
	return true;
}

static err_t store_value(const struct row *r, const char *value, struct options *o, struct why *why)
{
	void *at = (char *)o + r->offset;
	if (r->kind == FLAG)
		*(bool *)at = true;
	else if (r->kind == TEXT)
		*(const char **)at = value;
	else if (!number_of(value, at))
		return why_set(why, ERR_INVAL, "--%s: '%s' is not a whole number", r->name, value);
	if (r->kind == TEXT && !*value)
		return why_set(why, ERR_INVAL, "--%s: needs a value", r->name);
	return ERR_OK;
}

struct words {
	int argc, at;
	const char *const *argv;
};

/* find_word: the row of "--name", "--name=value", "-n" or "-nvalue"; *ret_value: the value inside the word, or NULL. */
static const struct row *find_word(unsigned command, const char *word, const char **ret_value)
{
	if (word[1] == '-') {
		size_t len = strcspn(word + 2, "=");
		*ret_value = word[2 + len] == '=' ? word + 2 + len + 1 : NULL;
		return find(command, word + 2, len, 0);
	}
	*ret_value = word[2] ? word + 2 : NULL;
	return find(command, NULL, 0, word[1]);
}

static err_t unknown(unsigned command, const char *word, struct why *why)
{
	size_t len = strcspn(word, "=");
	struct nearest n = nearest_to(word, len);
	char hint[NEAREST_HINT_MAX], full[NEAREST_MAX];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(full, sizeof(full), "--%s", rows[i].name);
		if (rows[i].commands & command)
			nearest_try(&n, full);
	}
	return why_set(why, ERR_INVAL, "unknown option %.*s%s (--help lists them)", (int)len, word,
	               nearest_hint(&n, hint, sizeof(hint)));
}

/* take: one option word, and the next word when it holds the value. */
static err_t take(unsigned command, struct words *w, struct options *o, struct why *why)
{
	const char *word = w->argv[w->at++], *value;
	const struct row *r = find_word(command, word, &value);
	if (!r)
		return unknown(command, word, why);
	if (r->kind == FLAG && value)
		return why_set(why, ERR_INVAL, "--%s takes no value", r->name);
	if (r->kind != FLAG && !value) {
		if (w->at >= w->argc)
			return why_set(why, ERR_INVAL, "--%s needs a value", r->name);
		value = w->argv[w->at++];
	}
	return store_value(r, value, o, why);
}

err_t options_parse(unsigned command, int argc, const char *const argv[], struct options *ret, struct why *why)
{
	struct options o = { .secret.passfd = -1 };
	struct words w = { argc, 0, argv };
	bool only_args = false;
	while (w.at < argc) {
		const char *word = argv[w.at];
		if (!only_args && !strcmp(word, "--")) {
			only_args = true;
			w.at++;
		} else if (!only_args && word[0] == '-' && word[1]) {
			err_t e = take(command, &w, &o, why);
			if (e)
				return e;
		} else if (o.nargs == ARGS_MAX) {
			return why_set(why, ERR_INVAL, "too many arguments, from '%s' on (--help tells which)", word);
		} else {
			o.args[o.nargs++] = argv[w.at++];
		}
	}
	*ret = o;
	return ERR_OK;
}

void options_print(unsigned command, FILE *to)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		if (!(r->commands & command))
			continue;
		char left[64];
		int n = r->letter ? snprintf(left, sizeof(left), "-%c, ", r->letter)
		                  : snprintf(left, sizeof(left), "    ");
		snprintf(left + n, sizeof(left) - (size_t)n, "--%s%s%s", r->name, r->value ? " " : "",
		         r->value ? r->value : "");
		fprintf(to, "  %-26s %s\n", left, r->help);
	}
}
