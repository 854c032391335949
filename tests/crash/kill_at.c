/* SPDX-License-Identifier: MIT
 * Preloaded: the process is killed before its KILL_AT-th step that changes something for good: a sync, a rename, a
 * folder made, a name removed. KILL_AT=0: it lives, and the number of its steps goes into the file KILL_COUNT.
 * KILL_FROM: steps count once a file of that name is there.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static _Atomic long steps;

static void step(void)
{
	const char *at = getenv("KILL_AT"), *from = getenv("KILL_FROM");
	if (from && access(from, F_OK))
		return;
	long n = ++steps;
	if (at && n == atol(at))
		kill(getpid(), SIGKILL);
}

__attribute__((destructor)) static void count(void)
{
	const char *path = getenv("KILL_COUNT");
	FILE *f = path && steps ? fopen(path, "w") : NULL; /* what it starts has this library, too */
	if (!f)
		return;
	fprintf(f, "%ld\n", (long)steps);
	fclose(f);
}

#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

int fsync(int fd)
{
	step();
	return NEXT(fsync)(fd);
}
int fdatasync(int fd)
{
	step();
	return NEXT(fdatasync)(fd);
}
int rename(const char *from, const char *to)
{
	step();
	return NEXT(rename)(from, to);
}
int renameat(int a, const char *from, int b, const char *to)
{
	step();
	return NEXT(renameat)(a, from, b, to);
}
int mkdirat(int at, const char *path, mode_t mode)
{
	step();
	return NEXT(mkdirat)(at, path, mode);
}
int mkdir(const char *path, mode_t mode)
{
	step();
	return NEXT(mkdir)(path, mode);
}
int unlinkat(int at, const char *path, int flags)
{
	step();
	return NEXT(unlinkat)(at, path, flags);
}
