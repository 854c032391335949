/* SPDX-License-Identifier: MIT */
#include "cli/vaults/target.h"

#include "cli/ui/exit.h"
#include "cli/vaults/last.h"
#include "util/cleanup.h"

#include <string.h>
#include <sys/stat.h>

struct search {
	char path[PATH_MAX];
	char point[PATH_MAX];
	char found[VAULT_NAME_MAX + 1];
};

/* by_mount_point: where each vault is (or was, when its daemon was killed) mounted is in last.json. */
static enum vaults_visit by_mount_point(void *ctx, const char *name)
{
	struct search *s = ctx;
	struct last l;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	if (vaults_open(name, &v, NULL))
		return VAULTS_NEXT;
	last_read(&v, &l);
	size_t n = strlen(l.mount_point);
	if (!l.open || !n || strncmp(s->path, l.mount_point, n) != 0 || (s->path[n] && s->path[n] != '/'))
		return VAULTS_NEXT;
	snprintf(s->found, sizeof(s->found), "%s", name);
	snprintf(s->point, sizeof(s->point), "%s", l.mount_point);
	return VAULTS_STOP;
}

/* resolve: also for a path under a dead mount, where realpath cannot look. Empty when there can be no such path. */
static void resolve(const char *path, char out[PATH_MAX])
{
	char here[PATH_MAX] = "";
	if (realpath(path, out))
		return;
	if (path[0] == '/' || !getcwd(here, sizeof(here)))
		here[0] = 0;
	if (snprintf(out, PATH_MAX, "%s%s%s", here, here[0] ? "/" : "", path) >= PATH_MAX)
		out[0] = 0; /* longer than any path: nothing is mounted there */
	for (size_t n = strlen(out); n > 1 && out[n - 1] == '/'; n--)
		out[n - 1] = 0;
}

bool target_is_path(const char *name_or_path)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	return strchr(name_or_path, '/') || vaults_open(name_or_path, &v, NULL) != ERR_OK;
}

static err_t by_path(struct search *s, const char *path, struct vault_dir *ret, struct why *why)
{
	resolve(path, s->path);
	err_t e = vaults_each(by_mount_point, s, why);
	if (!e && !s->found[0])
		e = ERR_NOTFOUND;
	return e ? e : vaults_open(s->found, ret, why);
}

int target_open(const char *name_or_path, struct vault_dir *ret)
{
	struct why why = { 0 };
	struct search s = { .found = "" };
	if (!strchr(name_or_path, '/') && !vaults_open(name_or_path, ret, &why))
		return EXIT_OK;
	err_t e = by_path(&s, name_or_path, ret, &why);
	if (!e)
		return EXIT_OK;
	why_set(&why, e, "neither a vault's name here nor a path in a mounted one (cloudseal list shows them)");
	return exit_fail(e, name_or_path, &why);
}

/* inside: the vault and the number of something that is there, in a mounted one. */
static err_t inside(const char *path, struct vault_dir *ret, uint64_t *ret_ino, struct why *why)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	struct search s = { .found = "" };
	struct stat at, point;
	if (stat(path, &at))
		return why_set(why, errno == ENOENT ? ERR_NOTFOUND : ERR_LIMIT, "%s", strerror(errno));
	err_t e = by_path(&s, path, &v, why);
	if (!e && (stat(s.point, &point) || at.st_dev != point.st_dev)) /* another mount inside, or a stale one */
		e = ERR_NOTFOUND;
	if (e)
		return why_set(why, e, "not in a mounted vault (cloudseal list shows them)");
	*ret_ino = at.st_ino;
	*ret = v;
	v = VAULT_DIR_INIT;
	return ERR_OK;
}

/* whole: all of a vault, by its name. ERR_NOTFOUND: there is none of that name, with the hint in `why` if there could
 * be; ERR_BUSY: it is locked. */
static err_t whole(const char *name, struct vault_dir *ret, uint64_t *ret_ino, struct why *why)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	struct last l;
	err_t e = strchr(name, '/') ? ERR_NOTFOUND : vaults_open(name, &v, why);
	if (e && e != ERR_NOTFOUND)
		why->text[0] = 0; /* it can be no vault's name */
	if (e)
		return ERR_NOTFOUND;
	last_read(&v, &l);
	if (!l.open || !l.mount_point[0])
		return why_set(why, ERR_BUSY, "locked: mount it first");
	return inside(l.mount_point, ret, ret_ino, why);
}

int target_path(const char *name_or_path, struct vault_dir *ret, uint64_t *ret_ino)
{
	struct why why = { 0 }, named = { 0 };
	err_t e = inside(name_or_path, ret, ret_ino, &why);
	err_t n = e ? whole(name_or_path, ret, ret_ino, &named) : ERR_OK;
	bool slip = n && named.text[0] && access(name_or_path, F_OK); /* no path: a vault was meant */
	if (n && (n != ERR_NOTFOUND || slip))
		return exit_fail(n, name_or_path, &named);
	return n ? exit_fail(e, name_or_path, &why) : EXIT_OK;
}
