/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mount_point.h"

#include "cli/daemon/unlock_me.h"
#include "fs/fuse/unmount.h"
#include "util/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define SHOWN 3
#define COUNTED 1000

bool mount_point_in_use(const char *dir, int pid)
{
	char list[64] = "/proc/self/mountinfo";
	if (pid)
		snprintf(list, sizeof(list), "/proc/%d/mountinfo", pid);
	cleanup_file FILE *f = fopen(list, "re");
	cleanup_free char *line = NULL;
	size_t cap = 0;
	char at[PATH_MAX];
	while (f && getline(&line, &cap, f) > 0) {
		/* autofs waits there for the mount that it asks for */
		if (sscanf(line, "%*d %*d %*s %*s %4095s", at) != 1 || strstr(line, " - autofs "))
			continue;
		char *to = at;
		for (const char *p = at; *p; to++) { /* \040 and the like */
			unsigned v = 0;
			bool octal = p[0] == '\\' && p[1] && p[2] && p[3] && sscanf(p + 1, "%3o", &v) == 1;
			*to = octal ? (char)v : *p;
			p += octal ? 4 : 1;
		}
		*to = 0;
		if (!strcmp(at, dir))
			return true;
	}
	return false;
}

bool mount_point_clear_stale(const char *dir, struct why *why)
{
	struct why cause = { 0 };
	struct statfs st; /* asks the daemon, where stat could be answered from the kernel's memory */
	if (!statfs(dir, &st) || (errno != ENOTCONN && errno != ECONNABORTED))
		return false;
	if (!unmounting(dir, UMOUNT_NOFOLLOW | MNT_DETACH, &cause))
		return true;
	why_set(why, ERR_BUSY, "the dead mount that a crash left at %.200s cannot be removed: %s: unmount it yourself",
	        dir, cause.text);
	return false;
}

/* lies_there: an entry that a mount would hide. */
static bool lies_there(int dir_fd, const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       (strcmp(name, UNLOCK_ME) != 0 || !unlock_me_is_ours(dir_fd));
}

/* found: how many entries, of the first COUNTED; the first SHOWN by name. */
static size_t found(DIR *d, char *names, size_t max)
{
	struct dirent *entry;
	size_t n = 0, len = 0;
	*names = 0;
	while (n < COUNTED && (entry = readdir(d))) {
		if (!lies_there(dirfd(d), entry->d_name))
			continue;
		if (n++ < SHOWN && len < max)
			len += (size_t)snprintf(names + len, max - len, "%s%.60s", n > 1 ? ", " : "", entry->d_name);
	}
	return n;
}

err_t mount_point_empty(int dir_fd, const char *dir, struct why *why)
{
	/* with a place in the listing of its own */
	cleanup_fd int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char names[SHOWN * 64], more[32] = "";
	if (!d)
		return why_set(why, ERR_NOTFOUND, "mount point %.200s: %s", dir, strerror(errno));
	fd = -1; /* it is the listing's */
	size_t n = found(d, names, sizeof(names));
	closedir(d);
	if (n > SHOWN)
		snprintf(more, sizeof(more), " and %s%zu more", n == COUNTED ? "over " : "",
		         n - SHOWN - (n == COUNTED));
	return n ? why_set(why, ERR_BUSY,
	                   "mount point %.200s is not empty: %s%s: move that away, or name another mount point", dir,
	                   names, more)
	         : ERR_OK;
}

static err_t check_empty(const char *dir, struct why *why)
{
	cleanup_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return why_set(why, ERR_NOTFOUND, "mount point %.200s: %s", dir, strerror(errno));
	return mount_point_empty(fd, dir, why);
}

err_t mount_point_missing(const char *dir, int err, struct why *why)
{
	if (err == ENOENT)
		return why_set(why, ERR_NOTFOUND, "mount point %.300s is not there: make it first, or leave it out",
		               dir);
	return why_set(why, ERR_NOTFOUND, "mount point %.300s: %s", dir, strerror(err));
}

err_t mount_point_check(const char *dir, struct why *why)
{
	struct stat st;
	if (stat(dir, &st))
		return mount_point_missing(dir, errno, why);
	if (!S_ISDIR(st.st_mode))
		return why_set(why, ERR_INVAL, "mount point %.300s is not a directory: name another, or leave it out",
		               dir);
	if (mount_point_in_use(dir, 0))
		return why_set(why, ERR_BUSY,
		               "something is mounted on %.300s already: unmount it, or name another mount point", dir);
	return check_empty(dir, why);
}

err_t mount_point_check_fuse(struct why *why)
{
	cleanup_fd int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return ERR_OK;
	if (errno == EACCES || errno == EPERM)
		return why_set(why, ERR_INVAL,
		               "no permission for /dev/fuse: mounting needs read and write access to it");
	return why_set(why, ERR_INVAL, "no /dev/fuse here (%s): load the kernel's fuse module", strerror(errno));
}
