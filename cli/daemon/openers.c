/* SPDX-License-Identifier: MIT */
#include "cli/daemon/openers.h"

#include "util/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static bool is_under(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	return !strncmp(path, dir, n) && (path[n] == 0 || path[n] == '/');
}

/* on_device: what a link of /proc leads to is in the mount of that connection, by whatever path. The kernel answers it
 * alone, also for who may not look into the mount: nothing is asked of it but its device. */
static bool on_device(int at, const char *name, unsigned connection)
{
	struct statx sx;
	if (!connection || statx(at, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &sx))
		return false;
	return !sx.stx_dev_major && sx.stx_dev_minor == connection;
}

static bool link_under(int at, const char *name, const struct openers_of *of, struct opener *o)
{
	char path[PATH_MAX] = "";
	ssize_t n = readlinkat(at, name, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = 0;
	if (!(of->dir && is_under(path, of->dir)) && !on_device(at, name, of->connection))
		return false;
	snprintf(o->path, sizeof(o->path), "%.255s", path);
	return true;
}

static bool any_fd_under(int proc, const struct openers_of *of, struct opener *o)
{
	int fd = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(d)))
		found = link_under(dirfd(d), entry->d_name, of, o);
	closedir(d);
	return found;
}

static bool any_map_under(int proc, const struct openers_of *of, struct opener *o)
{
	int fd = openat(proc, "maps", O_RDONLY | O_CLOEXEC);
	cleanup_file FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	cleanup_free char *line = NULL;
	size_t cap = 0;
	if (!f && fd >= 0)
		close(fd);
	while (f && getline(&line, &cap, f) > 0) {
		unsigned major, minor;
		int at = 0;
		if (sscanf(line, "%*s %*s %*s %x:%x %*u %n", &major, &minor, &at) != 2 || !at)
			continue;
		char *path = line + at;
		path[strcspn(path, "\n")] = 0;
		bool same = of->connection && !major && minor == of->connection;
		if (same || (of->dir && is_under(path, of->dir))) {
			snprintf(o->path, sizeof(o->path), "%.255s", path);
			return true;
		}
	}
	return false;
}

static void command_of(int proc, char *out, size_t n)
{
	cleanup_fd int fd = openat(proc, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, out, n - 1);
	out[got > 0 ? got : 0] = 0;
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = p[1] ? '?' : 0; /* the newline at the end, and no escapes from a process name */
}

/* any_thread: a thread may have a directory of its own. */
static bool any_thread(int proc, const struct openers_of *of, struct opener *o)
{
	int fd = openat(proc, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;
	if (!d && fd >= 0)
		close(fd);
	while (d && !found && (entry = readdir(d))) {
		char cwd[NAME_MAX + 8], root[NAME_MAX + 8];
		snprintf(cwd, sizeof(cwd), "%s/cwd", entry->d_name);
		snprintf(root, sizeof(root), "%s/root", entry->d_name);
		found = entry->d_name[0] != '.' &&
		        (link_under(dirfd(d), cwd, of, o) || link_under(dirfd(d), root, of, o));
	}
	if (d)
		closedir(d);
	return found;
}

/* uses: the process has something open in it; *o says what. */
static bool uses(int proc, const struct openers_of *of, struct opener *o)
{
	return any_thread(proc, of, o) || any_fd_under(proc, of, o) || any_map_under(proc, of, o);
}

/* inspect: an entry of /proc; true when it is a process, not ours, that uses `dir`. */
static bool inspect(int at, const char *name, const struct openers_of *of, struct opener *o)
{
	char *end;
	*o = (struct opener){ .pid = (pid_t)strtol(name, &end, 10) };
	if (*end || o->pid <= 0 || o->pid == getpid())
		return false;
	cleanup_fd int proc = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || !uses(proc, of, o))
		return false;
	command_of(proc, o->command, sizeof(o->command));
	return true;
}

size_t openers_find(const struct openers_of *of, struct opener *list, size_t max)
{
	DIR *d = opendir("/proc");
	struct dirent *entry;
	size_t n = 0;
	while (d && (entry = readdir(d))) {
		struct opener o;
		if (!inspect(dirfd(d), entry->d_name, of, &o))
			continue;
		if (n < max)
			list[n] = o;
		n++;
	}
	if (d)
		closedir(d);
	return n;
}
