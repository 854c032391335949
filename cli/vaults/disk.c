/* SPDX-License-Identifier: MIT */
#include "cli/vaults/disk.h"

#include "util/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

/* sync_parent: makes the name durable; a parent that may be written but not read is left to the file system. */
static err_t sync_parent(const char *path)
{
	char parent[PATH_MAX];
	snprintf(parent, sizeof(parent), "%s", path);
	char *slash = strrchr(parent, '/');
	if (slash)
		slash[slash == parent ? 1 : 0] = 0;
	cleanup_fd int fd = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES ? ERR_OK : ERR_IO;
	return fsync(fd) ? ERR_IO : ERR_OK;
}

/* make_one: the last one is synced also when it was there: whoever made it may not have come that far. */
static err_t make_one(const char *path, bool last)
{
	if (mkdir(path, 0700)) {
		if (errno != EEXIST && errno != EISDIR)
			return errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO;
		return last ? sync_parent(path) : ERR_OK;
	}
	return sync_parent(path);
}

/* not_roots: root makes nothing in the directory of somebody else, who could not remove what is in it. */
static err_t not_roots(const char *path, struct why *why)
{
	char parent[PATH_MAX];
	struct stat st;
	snprintf(parent, sizeof(parent), "%s", path);
	char *slash = strrchr(parent, '/');
	if (geteuid() || !slash)
		return ERR_OK;
	slash[slash == parent ? 1 : 0] = 0;
	return !lstat(path, &st) || stat(parent, &st) ? ERR_OK : disk_owned(&st, parent, why);
}

err_t disk_owned(const struct stat *st, const char *path, struct why *why)
{
	if (st->st_uid == geteuid())
		return ERR_OK;
	const struct passwd *p = getpwuid(st->st_uid);
	char name[32];
	snprintf(name, sizeof(name), "%u", (unsigned)st->st_uid);
	return why_set(why, ERR_INVAL,
	               "%.200s is user %.60s's: do this as that user, or mount with setuid=%.60s in mount(8) or fstab",
	               path, p ? p->pw_name : name, p ? p->pw_name : name);
}

err_t disk_mkdirs(const char *path, struct why *why)
{
	char part[PATH_MAX];
	snprintf(part, sizeof(part), "%s", path);
	for (char *p = part + 1;; p++) {
		if (*p && *p != '/')
			continue;
		char was = *p;
		*p = 0;
		err_t e = not_roots(part, why);
		if (!e)
			e = make_one(part, !was);
		if (e)
			return why_set(why, e, "cannot make %.300s: %s", part, strerror(errno));
		*p = was;
		if (!was)
			return ERR_OK;
	}
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static err_t remove_one(int dir_fd, const char *name, struct why *why)
{
	if (!unlinkat(dir_fd, name, 0))
		return ERR_OK;
	if (errno != EISDIR && errno != EPERM)
		return why_set(why, ERR_IO, "cannot remove %.200s: %s", name, strerror(errno));
	cleanup_fd int sub = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	err_t e = sub < 0 ? ERR_IO : disk_empty(sub, NULL, why);
	if (!e && unlinkat(dir_fd, name, AT_REMOVEDIR))
		e = ERR_IO;
	return e ? why_set(why, e, "cannot remove %.200s: %s", name, strerror(errno)) : ERR_OK;
}

static void close_dir(DIR *const *d)
{
	if (*d)
		closedir(*d);
}

err_t disk_empty(int dir_fd, const char *keep, struct why *why)
{
	cleanup_fd int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup(close_dir) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return why_set(why, ERR_IO, "cannot read a directory: %s", strerror(errno));
	(void)steal_fd(fd); /* now d's */
	struct dirent *entry;
	while ((entry = readdir(d))) {
		if (is_dots(entry->d_name) || (keep && !strcmp(entry->d_name, keep)))
			continue;
		err_t e = remove_one(dir_fd, entry->d_name, why);
		if (e)
			return e;
	}
	return ERR_OK;
}

bool disk_put_all(int fd, struct span bytes)
{
	const uint8_t *p = bytes.p;
	for (size_t left = bytes.len; left;) {
		ssize_t n = write(fd, p, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		left -= (size_t)n;
	}
	return true;
}

err_t disk_write(int dir_fd, const char *dir, const char *file, struct span bytes, struct why *why)
{
	char temp[64];
	snprintf(temp, sizeof(temp), "%.40s.new", file);
	cleanup_fd int fd = openat(dir_fd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good = fd >= 0 && disk_put_all(fd, bytes) && !fsync(fd) && !renameat(dir_fd, temp, dir_fd, file) &&
	            !fsync(dir_fd);
	if (good)
		return ERR_OK;
	err_t e = errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO;
	return why_set(why, e, "cannot write %.300s/%s: %s", dir, file, strerror(errno));
}

err_t disk_read(int fd, const char *file, size_t limit, struct buf *out, struct why *why)
{
	char part[4096];
	ssize_t n;
	size_t total = 0;
	while ((n = read(fd, part, sizeof(part))) > 0) {
		total += (size_t)n;
		if (total > limit)
			return why_set(why, ERR_LIMIT, "%.200s is too large", file);
		buf_put(out, part, (size_t)n);
	}
	if (n < 0)
		return why_set(why, ERR_IO, "cannot read %.200s: %s", file, strerror(errno));
	return buf_ok(out);
}
