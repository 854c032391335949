/* SPDX-License-Identifier: MIT */
#include "cli/commands/mount_helper.h"

#include "cli/commands/mount.h"
#include "cli/daemon/mount_point.h"
#include "cli/ui/exit.h"
#include "cli/ui/mount_options.h"
#include "util/cleanup.h"
#include "util/process.h"

#include <getopt.h>
#include <grp.h>
#include <paths.h>
#include <pwd.h>
#include <string.h>
#include <sys/mount.h>

/* mount(8)'s own exit codes: it hands ours on. */
#define MOUNT_USAGE 1
#define MOUNT_FAILED 32

/* drop_environment: what root's says of root goes: credentials, proxies, programs to run. Kept is how to speak. */
static err_t drop_environment(const struct passwd *p)
{
	static const char *const kept[] = { "LANG",    "LC_ALL", "LC_CTYPE",     "LC_MESSAGES",
		                            "LC_TIME", "TZ",     "CLOUDSEAL_LOG" };
	const char *const given[][2] = {
		{ "PATH", _PATH_STDPATH }, { "HOME", p->pw_dir }, { "USER", p->pw_name }, { "LOGNAME", p->pw_name }
	};
	char *value[ARRAY_LEN(kept)];
	bool good = true;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		const char *is = getenv(kept[i]);
		value[i] = is ? strdup(is) : NULL;
		good &= !is || value[i];
	}
	good = good && !clearenv();
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		good = good && (!value[i] || !setenv(kept[i], value[i], 1));
		free(value[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		good = good && !setenv(given[i][0], given[i][1], 1);
	return good ? ERR_OK : ERR_NOMEM;
}

/* become: the owner of the vault, whose state directory, passfile and mount it will be. Nothing of root's goes along:
 * no descriptor, no environment, no group. */
static err_t become(const char *user, struct why *why)
{
	err_t e = process_close_descriptors(); /* first: what looks up names may keep one of its own */
	const struct passwd *p = e ? NULL : getpwnam(user);
	if (e)
		return why_set(why, e, "setuid: cannot close what root left open");
	if (!p)
		return why_set(why, ERR_INVAL, "setuid: there is no user '%s'", user);
	if (p->pw_uid == getuid() && p->pw_uid == geteuid())
		return ERR_OK;
	if (geteuid())
		return why_set(why, ERR_DENIED, "setuid: may not become user '%s'", user);
	e = drop_environment(p);
	if (e)
		return e;
	if (initgroups(p->pw_name, p->pw_gid) || setgid(p->pw_gid) || setuid(p->pw_uid))
		return why_set(why, ERR_DENIED, "setuid: may not become user '%s'", user);
	return process_harden(); /* a change of user takes that back */
}

/* find_home: at boot nobody has set HOME. */
static err_t find_home(void)
{
	const struct passwd *p = getenv("HOME") ? NULL : getpwuid(getuid());
	return p && setenv("HOME", p->pw_dir, 1) ? ERR_NOMEM : ERR_OK;
}

/* remount: its flags are the kernel's, so that the daemon need not know; who may is the kernel's to say. */
static err_t remount(const char *dir, const struct mount_options *o, struct why *why)
{
	if (!mount_point_in_use(dir, 0))
		return why_set(why, ERR_INVAL, "nothing is mounted at %.200s", dir);
	if (mount(NULL, dir, NULL, MS_REMOUNT | o->flags, NULL))
		return why_set(why, errno == EPERM ? ERR_DENIED : ERR_INVAL, "cannot remount %.200s: %s", dir,
		               strerror(errno));
	return ERR_OK;
}

static int usage(void)
{
	fputs("usage: mount -t fuse.cloudseal NAME DIR [-o OPTIONS]\n", stderr);
	return MOUNT_USAGE;
}

static int failed(err_t e, const char *name, struct why *why)
{
	exit_fail(e, name, why);
	return e == ERR_INVAL ? MOUNT_USAGE : MOUNT_FAILED;
}

static int run(const char *source, const char *dir, const char *options)
{
	struct mount_options parsed;
	struct why why = { 0 };
	const char *name = !strncmp(source, "cloudseal#", 10) ? source + 10 : source;
	struct options o = {
		.secret.passfd = -1, .mount_options = options, .source = source, .args = { name, dir }, .nargs = 2
	};
	err_t e = mount_options_parse(options, &parsed, &why);
	if (!e && parsed.remount) {
		e = remount(dir, &parsed, &why);
		return e ? failed(e, name, &why) : 0;
	}
	if (!e && parsed.setuid[0])
		e = become(parsed.setuid, &why);
	if (!e)
		e = find_home();
	if (e)
		return failed(e, name, &why);
	return command_mount(&o) ? MOUNT_FAILED : 0;
}

int mount_helper(int argc, char **argv)
{
	const char *options = "";
	bool fake = false;
	int c;
	opterr = 0;
	while ((c = getopt(argc, argv, "sfnvN:o:t:")) != -1) {
		if (c == 'o')
			options = optarg;
		else if (c == 'f')
			fake = true;
		else if (c == '?')
			return usage();
	}
	if (argc - optind != 2)
		return usage();
	return fake ? 0 : run(argv[optind], argv[optind + 1], options);
}
