/* SPDX-License-Identifier: MIT */
#include "cli/ui/mount_options.h"

#include "cli/ui/nearest.h"
#include "util/cleanup.h"

#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define UNLESS_SAID (MS_NOSUID | MS_NODEV) /* as libfuse has it */

/* What libfuse and the kernel know, and the flag that it sets or clears. */
static const struct kernel_word {
	const char *name;
	unsigned long flag;
	bool clears, root; /* root: who may not grant it is not told so */
} kernel_words[] = {
	{ "ro", MS_RDONLY, false, false },        { "rw", MS_RDONLY, true, false },
	{ "nosuid", MS_NOSUID, false, false },    { "suid", MS_NOSUID, true, true },
	{ "nodev", MS_NODEV, false, false },      { "dev", MS_NODEV, true, true },
	{ "noexec", MS_NOEXEC, false, false },    { "exec", MS_NOEXEC, true, false },
	{ "noatime", MS_NOATIME, false, false },  { "atime", MS_NOATIME, true, false },
	{ "sync", MS_SYNCHRONOUS, false, false }, { "async", MS_SYNCHRONOUS, true, false },
	{ "dirsync", MS_DIRSYNC, false, false },  { "allow_other", 0, false, false },
};
/* For mount(8), systemd and fstab alone; or true of every mount: modes are the kernel's to check, reading sets no
 * atime. */
static const char *const other_words[] = {
	"defaults",   "auto",        "noauto",     "user",          "nouser",     "users",
	"nousers",    "group",       "nogroup",    "owner",         "noowner",    "nofail",
	"_netdev",    "relatime",    "norelatime", "diratime",      "nodiratime", "lazytime",
	"nolazytime", "strictatime", "silent",     "nostrictatime", "loud",       "mand",
	"nomand",     "noiversion",  "acl",        "user_xattr",    "symfollow",  "default_permissions"
};
static const char *const other_prefixes[] = { "x-", "X-", "comment=", "user=", "uhelper=", "helper=" };
/* What other file systems can be told, and this one cannot: said as that, since nobody mistyped it. */
static const struct {
	const char *words, *why; /* each word between commas, one that takes a value with its "=" */
	bool secret;             /* its value is not repeated */
} others[] = {
	{ ",uid=,gid=,umask=,fmask=,dmask=,mode=,idmap=,",
	  "files have the owners and modes that they were given: chown and chmod change them", false },
	{ ",allow_root,", "only allow_other lets anybody else in, and that is root, too", false },
	{ ",fsname=,subtype=,", "the mount is called as the vault: use --name at init or join", false },
	{ ",auto_unmount,", "cloudseal lock unmounts, and the next mount clears up after a crash", false },
	{ ",nonempty,", "what lies in the folder would be hidden: move it away", false },
	{ ",password=,pass=,passwd=,credentials=,",
	  "a passphrase is in no option: passfile=FILE says where it is, else it is asked for", true },
	{ ",loop,bind,rbind,move,", "that is for mount(8) alone, and another kind of mount", false },
};
/* What the kernel's list says of a mount, and mount(8) repeats at a remount. */
static const char *const shown_prefixes[] = { "user_id=", "group_id=", "max_read=", "blksize=", "rootmode=", "fd=" };

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

static bool ignored(struct word w, const struct mount_options *o)
{
	for (size_t i = 0; i < ARRAY_LEN(other_words); i++)
		if (is(w, other_words[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(other_prefixes); i++)
		if (starts(w, other_prefixes[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(shown_prefixes) && o->remount; i++)
		if (starts(w, shown_prefixes[i]))
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

static err_t take_kernel(const struct kernel_word *k, struct word w, struct mount_options *o, struct why *why)
{
	size_t at = strlen(o->kernel);
	if (k->root && geteuid())
		return ERR_OK;
	o->flags = k->clears ? o->flags & ~k->flag : o->flags | k->flag;
	if (at + w.len + 2 > sizeof(o->kernel))
		return why_set(why, ERR_INVAL, "too many mount options: leave some out");
	snprintf(o->kernel + at, sizeof(o->kernel) - at, "%s%.*s", at ? "," : "", (int)w.len, w.p);
	return ERR_OK;
}

static const char *const own_words[] = { "passfile=", "setuid=", "force-writable", "remount" };

/* name_len: with its "=". */
static size_t name_len(struct word w)
{
	const char *eq = memchr(w.p, '=', w.len);
	return eq ? (size_t)(eq - w.p) + 1 : w.len;
}

/* is_among: of `words`, each between commas. */
static bool is_among(const char *words, struct word w)
{
	size_t name = name_len(w);
	for (const char *p = words + 1; *p; p += strcspn(p, ",") + 1)
		if (strcspn(p, ",") == name && !memcmp(p, w.p, name))
			return true;
	return false;
}

static err_t unknown(struct word w, struct why *why)
{
	char hint[NEAREST_HINT_MAX];
	struct nearest near = nearest_to(w.p, w.len);
	int shown = (int)MIN(w.len, (size_t)60);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (is_among(others[i].words, w))
			return why_set(why, ERR_INVAL, "mount option '%.*s' does nothing here: %s",
			               others[i].secret ? (int)name_len(w) : shown, w.p, others[i].why);
	for (size_t i = 0; i < ARRAY_LEN(own_words); i++)
		nearest_try(&near, own_words[i]);
	for (size_t i = 0; i < ARRAY_LEN(kernel_words); i++)
		nearest_try(&near, kernel_words[i].name);
	for (size_t i = 0; i < ARRAY_LEN(other_words); i++)
		nearest_try(&near, other_words[i]);
	return why_set(why, ERR_INVAL, "unknown mount option '%.*s'%s (cloudseal(1) lists them under FSTAB)", shown,
	               w.p, nearest_hint(&near, hint, sizeof(hint)));
}

static err_t take(struct word w, struct mount_options *o, struct why *why)
{
	if (starts(w, "passfile="))
		return take_value(w, "passfile=", o->passfile, sizeof(o->passfile), why);
	if (starts(w, "setuid="))
		return take_value(w, "setuid=", o->setuid, sizeof(o->setuid), why);
	for (size_t i = 0; i < ARRAY_LEN(kernel_words); i++)
		if (is(w, kernel_words[i].name))
			return take_kernel(&kernel_words[i], w, o, why);
	if (is(w, "force-writable")) {
		o->force_writable = true;
		return ERR_OK;
	}
	if (is(w, "remount") || ignored(w, o))
		return ERR_OK;
	return unknown(w, why);
}

/* says: the word is among them. */
static bool says(const char *text, const char *word)
{
	for (const char *p = text;; p++) {
		struct word w = { p, strcspn(p, ",") };
		if (is(w, word))
			return true;
		p += w.len;
		if (!*p)
			return false;
	}
}

err_t mount_options_parse(const char *text, struct mount_options *ret, struct why *why)
{
	struct mount_options o = { .flags = UNLESS_SAID, .remount = says(text, "remount") };
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
