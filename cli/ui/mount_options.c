/* SPDX-License-Identifier: MIT */
#include "cli/ui/mount_options.h"

#include "util/cleanup.h"

#include <stdbool.h>
#include <string.h>

/* What libfuse and the kernel know. */
static const char *const kernel_words[] = { "ro",      "rw",    "nosuid",     "nodev",      "noexec",
	                                    "exec",    "atime", "noatime",    "nodiratime", "sync",
	                                    "dirsync", "async", "allow_other" };
/* For mount(8), systemd and fstab alone; suid and dev are implied where we may grant them. */
static const char *const other_words[] = { "defaults", "auto",     "noauto", "user",    "nouser", "users",
	                                   "group",    "nogroup",  "owner",  "noowner", "nofail", "_netdev",
	                                   "relatime", "diratime", "suid",   "dev",     "silent" };
static const char *const other_prefixes[] = { "x-", "X-", "comment=", "user=", "uhelper=", "helper=" };

struct word {
	const char *p;
	size_t len;
};

static bool is(struct word w, const char *name)
{
	return strlen(name) == w.len && !memcmp(w.p, name, w.len);
}

static bool starts(struct word w, const char *prefix)
{
	size_t n = strlen(prefix);
	return w.len >= n && !memcmp(w.p, prefix, n);
}

static bool ignored(struct word w)
{
	for (size_t i = 0; i < ARRAY_LEN(other_words); i++)
		if (is(w, other_words[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(other_prefixes); i++)
		if (starts(w, other_prefixes[i]))
			return true;
	return !w.len;
}

static err_t take_value(struct word w, const char *name, char *out, size_t n, struct why *why)
{
	size_t skip = strlen(name), len = w.len - skip;
	if (!len || len >= n)
		return why_set(why, ERR_INVAL, "mount option %.20s: the value is %s", name,
		               len ? "too long" : "missing");
	memcpy(out, w.p + skip, len);
	out[len] = 0;
	return ERR_OK;
}

static err_t take_kernel(struct word w, struct mount_options *o, struct why *why)
{
	size_t at = strlen(o->kernel);
	if (at + w.len + 2 > sizeof(o->kernel))
		return why_set(why, ERR_INVAL, "too many mount options");
	snprintf(o->kernel + at, sizeof(o->kernel) - at, "%s%.*s", at ? "," : "", (int)w.len, w.p);
	return ERR_OK;
}

static err_t take(struct word w, struct mount_options *o, struct why *why)
{
	if (starts(w, "passfile="))
		return take_value(w, "passfile=", o->passfile, sizeof(o->passfile), why);
	if (starts(w, "setuid="))
		return take_value(w, "setuid=", o->setuid, sizeof(o->setuid), why);
	for (size_t i = 0; i < ARRAY_LEN(kernel_words); i++)
		if (is(w, kernel_words[i]))
			return take_kernel(w, o, why);
	if (is(w, "remount"))
		return why_set(why, ERR_INVAL, "cannot be remounted: lock it and mount it again");
	if (ignored(w))
		return ERR_OK;
	return why_set(why, ERR_INVAL, "unknown mount option '%.*s'", (int)MIN(w.len, (size_t)60), w.p);
}

err_t mount_options_parse(const char *text, struct mount_options *ret, struct why *why)
{
	struct mount_options o = { .kernel = "" };
	for (const char *p = text;; p++) {
		struct word w = { p, strcspn(p, ",") };
		err_t e = take(w, &o, why);
		if (e)
			return e;
		p += w.len;
		if (!*p)
			break;
	}
	*ret = o;
	return ERR_OK;
}
