/* SPDX-License-Identifier: MIT */
#include "cli/vaults/vaults.h"

#include "cli/ui/nearest.h"
#include "cli/vaults/disk.h"
#include "cli/vaults/disk_fit.h"
#include "crypto/hash.h"
#include "util/cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define MAKE_NEEDS (128u << 20) /* the map's log, its reserve and some room */
#define BEGUN "unlock"          /* the first file of an init or join: before it there is nothing */

void vaults_close(struct vault_dir *v)
{
	if (v->lock_fd >= 0)
		close(v->lock_fd); /* the flock goes with the last copy of the descriptor */
	if (v->fd >= 0)
		close(v->fd);
	v->fd = v->lock_fd = -1;
}

err_t vaults_check_name(const char *name, struct why *why)
{
	size_t n = strlen(name);
	bool good = n && n <= VAULT_NAME_MAX && name[0] != '.' && name[0] != '-';
	for (size_t i = 0; good && i < n; i++)
		good = isalnum((unsigned char)name[i]) || strchr("._-", name[i]);
	if (good)
		return ERR_OK;
	return why_set(why, ERR_INVAL, "'%.80s' cannot be a vault's name: use up to %d letters, digits, '.', '_', '-'",
	               name, VAULT_NAME_MAX);
}

void vaults_name_of(const char *url, char out[VAULT_NAME_MAX + 1])
{
	char copy[VAULT_NAME_MAX + 1];
	size_t end = strlen(url);
	while (end && url[end - 1] == '/')
		end--;
	size_t start = end;
	while (start && url[start - 1] != '/' && url[start - 1] != ':')
		start--;
	size_t n = MIN(end - start, (size_t)VAULT_NAME_MAX);
	memcpy(copy, url + start, n);
	copy[n] = 0;
	for (char *p = copy; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			*p = '_';
	snprintf(out, VAULT_NAME_MAX + 1, "%s", vaults_check_name(copy, NULL) ? "vault" : copy);
}

static err_t root_path(char *out, size_t n, struct why *why)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	int len;
	if (data && data[0] == '/')
		len = snprintf(out, n, "%s/cloudseal", data);
	else if (home && home[0] == '/')
		len = snprintf(out, n, "%s/.local/share/cloudseal", home);
	else
		return why_set(why, ERR_INVAL, "neither XDG_DATA_HOME nor HOME is set: set one to an absolute path");
	if (len > 0 && (size_t)len < n - VAULT_NAME_MAX - 1)
		return ERR_OK;
	return why_set(why, ERR_LIMIT, "XDG_DATA_HOME is too long: set it to a shorter path");
}

static err_t vault_path(const char *name, struct vault_dir *v, struct why *why)
{
	char root[PATH_MAX];
	err_t e = vaults_check_name(name, why);
	if (!e)
		e = root_path(root, sizeof(root), why);
	if (e)
		return e;
	snprintf(v->name, sizeof(v->name), "%s", name);
	int n = snprintf(v->path, sizeof(v->path), "%s/%s", root, name);
	return n > 0 && (size_t)n < sizeof(v->path) ? ERR_OK : ERR_LIMIT;
}

static bool has_conf(int fd)
{
	struct stat st;
	return fstatat(fd, "vault.json", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum vaults_visit try_name(void *ctx, const char *name)
{
	nearest_try(ctx, name);
	return VAULTS_NEXT;
}

static err_t none_of(const char *name, struct why *why)
{
	struct nearest n = nearest_to(name, strlen(name));
	char hint[NEAREST_HINT_MAX];
	if (vaults_each(try_name, &n, NULL))
		n.best[0] = 0;
	return why_set(why, ERR_NOTFOUND, "no vault of that name here%s (cloudseal list shows them)",
	               nearest_hint(&n, hint, sizeof(hint)));
}

/* open_dir: with settings, or without. */
static err_t open_dir(const char *name, bool conf, struct vault_dir *ret, struct why *why)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	err_t e = vault_path(name, &v, why);
	if (e)
		return e;
	v.fd = open(v.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (v.fd < 0 && errno != ENOENT)
		return why_set(why, ERR_IO, "%.300s: %s", v.path, strerror(errno));
	if (v.fd < 0 || has_conf(v.fd) != conf)
		return why ? none_of(name, why) : ERR_NOTFOUND;
	struct stat st;
	if (fstat(v.fd, &st))
		return why_set(why, ERR_IO, "%.300s: %s", v.path, strerror(errno));
	e = disk_owned(&st, v.path, why);
	if (e)
		return e;
	*ret = v;
	v = VAULT_DIR_INIT;
	return ERR_OK;
}

err_t vaults_open(const char *name, struct vault_dir *ret, struct why *why)
{
	return open_dir(name, true, ret, why);
}

err_t vaults_open_unfinished(const char *name, struct vault_dir *ret, struct why *why)
{
	return open_dir(name, false, ret, why);
}

err_t vaults_make(const char *name, struct vault_dir *ret, struct why *why)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	err_t e = vault_path(name, &v, why);
	if (!e)
		e = disk_mkdirs(v.path, why);
	if (e)
		return e;
	v.fd = open(v.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (v.fd < 0)
		return why_set(why, ERR_IO, "%.300s: %s", v.path, strerror(errno));
	if (has_conf(v.fd))
		return why_set(why, ERR_EXISTS, "there is a vault of that name here already (use --name)");
	e = disk_check(v.fd, v.path, MAKE_NEEDS, why);
	if (!e)
		e = vaults_lock(&v, why);
	if (!e && !vaults_begun(&v))
		e = vaults_clear(&v, why);
	if (e)
		return e;
	*ret = v;
	v = VAULT_DIR_INIT;
	return ERR_OK;
}

bool vaults_begun(const struct vault_dir *v)
{
	return !faccessat(v->fd, BEGUN, F_OK, AT_SYMLINK_NOFOLLOW);
}

err_t vaults_clear(const struct vault_dir *v, struct why *why)
{
	return disk_empty(v->fd, "lock", why);
}

/* machine_id: empty where a machine has none, as some containers. */
static void machine_id(char *ret, size_t n)
{
	cleanup_fd int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, ret, n - 1);
	ret[MAX(got, 0)] = 0;
}

struct hash vaults_place(const struct vault_dir *v)
{
	char machine[64], text[PATH_MAX + 80], path[PATH_MAX];
	struct hash place;
	machine_id(machine, sizeof(machine));
	if (!realpath(v->path, path))
		return HASH_ZERO;
	snprintf(text, sizeof(text), "cloudseal place %.32s %s", machine, path);
	return crypto_sha256(span_str(text), &place) ? HASH_ZERO : place;
}

static int is_vault(const struct dirent *d)
{
	return !vaults_check_name(d->d_name, NULL);
}

err_t vaults_each(vaults_fn fn, void *ctx, struct why *why)
{
	char root[PATH_MAX];
	struct dirent **list;
	err_t e = root_path(root, sizeof(root), why);
	if (e)
		return e;
	int n = scandir(root, &list, is_vault, alphasort);
	if (n < 0)
		return errno == ENOENT ? ERR_OK : why_set(why, ERR_IO, "%.300s: %s", root, strerror(errno));
	enum vaults_visit next = VAULTS_NEXT;
	for (int i = 0; i < n; i++) {
		cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
		if (next == VAULTS_NEXT && !vaults_open(list[i]->d_name, &v, NULL))
			next = fn(ctx, v.name);
		free(list[i]);
	}
	free(list);
	return ERR_OK;
}

err_t vaults_lock(struct vault_dir *v, struct why *why)
{
	cleanup_fd int fd = openat(v->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return why_set(why, ERR_IO, "%.300s: %s", v->path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			return why_set(why, ERR_BUSY, "is mounted or in use on this device: lock it first");
		return why_set(why, ERR_IO, "%.300s/lock: %s", v->path, strerror(errno));
	}
	v->lock_fd = steal_fd(fd);
	return ERR_OK;
}

err_t vaults_write(const struct vault_dir *v, const char *file, struct span bytes, struct why *why)
{
	return disk_write(v->fd, v->path, file, bytes, why);
}

err_t vaults_read(const struct vault_dir *v, const char *file, size_t limit, struct buf *out, struct why *why)
{
	cleanup_fd int fd = openat(v->fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return why_set(why, ERR_NOTFOUND, "%.300s/%s is missing", v->path, file);
	if (fd < 0)
		return why_set(why, ERR_IO, "%.300s/%s: %s", v->path, file, strerror(errno));
	return disk_read(fd, file, limit, out, why);
}

err_t vaults_load_conf(const struct vault_dir *v, struct conf *ret, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = vaults_read(v, "vault.json", 1u << 20, &b, why);
	struct why inner = { 0 };
	if (!e)
		e = conf_decode(buf_span(&b), ret, &inner);
	if (e == ERR_DAMAGED)
		return why_set(why, e, "%.200s/%.250s: correct it there", v->path, inner.text);
	return e ? why_set(why, e, "%s", inner.text) : ERR_OK;
}

err_t vaults_save_conf(const struct vault_dir *v, const struct conf *c, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = conf_encode(c, &b);
	return e ? e : vaults_write(v, "vault.json", buf_span(&b), why);
}

err_t vaults_remove(struct vault_dir *v, struct why *why)
{
	/* vault.json first: from then on it is no vault, whatever happens */
	if (unlinkat(v->fd, "vault.json", 0) && errno != ENOENT)
		return why_set(why, ERR_IO, "%.300s: %s", v->path, strerror(errno));
	err_t e = disk_empty(v->fd, NULL, why);
	if (!e && rmdir(v->path))
		e = why_set(why, ERR_IO, "%.300s: %s", v->path, strerror(errno));
	return e;
}
