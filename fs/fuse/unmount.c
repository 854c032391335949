/* SPDX-License-Identifier: MIT */
#include "fs/fuse/unmount.h"

#include "util/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MAX (PATH_MAX + 300) /* a line with a mount point in it */

/* first_line: what comes out of `fd`, read to its end so that the writer never stands. */
static void first_line(int fd, char said[SAID_MAX])
{
	char more[256];
	size_t len = 0;
	ssize_t n;
	while ((n = read(fd, more, sizeof(more))) > 0 || (n < 0 && errno == EINTR))
		for (ssize_t i = 0; i < n && len < SAID_MAX - 1; i++)
			said[len++] = more[i];
	said[len] = 0;
	said[strcspn(said, "\n")] = 0;
}

static int start(const char *dir, bool lazy, int said, pid_t *ret)
{
	char name[] = "fusermount3", u[] = "-u", z[] = "-z", end[] = "--";
	char *path = (char *)(uintptr_t)dir;
	char *plain[] = { name, u, end, path, NULL }, *detach[] = { name, u, z, end, path, NULL };
	posix_spawn_file_actions_t files;
	int err = posix_spawn_file_actions_init(&files);
	if (err)
		return err;
	err = posix_spawn_file_actions_adddup2(&files, said, 2);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(&files, 3); /* sockets of libraries */
	if (!err)
		err = posix_spawnp(ret, name, &files, NULL, lazy ? detach : plain, environ);
	posix_spawn_file_actions_destroy(&files);
	return err;
}

/* helper: its exit code says only that it failed; its words, which are never translated, say why. */
static int helper(const char *dir, bool lazy, struct why *why)
{
	static const char busy[] = ": Device or resource busy";
	char said[SAID_MAX];
	int p[2], status;
	pid_t pid;
	if (pipe2(p, O_CLOEXEC))
		return errno;
	cleanup_fd int from = p[0];
	int err = start(dir, lazy, p[1], &pid);
	close(p[1]);
	if (err) {
		why_set(why, ERR_IO, "only root may without fusermount3, which does not run: %s", strerror(err));
		return err;
	}
	first_line(from, said);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	size_t len = strlen(said);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (len >= sizeof(busy) - 1 && !strcmp(said + len - (sizeof(busy) - 1), busy))
		return EBUSY;
	why_set(why, ERR_IO, "%s", len ? said : "fusermount3 failed without a word");
	return EIO;
}

int unmounting(const char *dir, int flags, struct why *why)
{
	int err = umount2(dir, flags) ? errno : 0;
	if (err == EPERM)
		err = helper(dir, flags & MNT_DETACH, why);
	if (err)
		why_set(why, ERR_IO, "%s", err == EBUSY ? "files or directories in it are in use" : strerror(err));
	return err;
}
