/* SPDX-License-Identifier: MIT
 * Mount points: checking one, taking one down, and who still uses it.
 */
#pragma once

#include "util/buf.h"

#include <sys/types.h>

/* unmount_stale: a mount whose daemon died is detached; true when there was one. One that stays is told in `why`. */
bool unmount_stale(const char *dir, struct why *why);
/* unmount_check: `dir` is a usable mount point: an empty directory that nothing is mounted on. */
MUST_CHECK err_t unmount_check(const char *dir, struct why *why);
/* unmount_check_fuse: this user can mount at all. */
MUST_CHECK err_t unmount_check_fuse(struct why *why);
/* unmount_openers: processes with a file, directory, root or mapping under `dir`. Never touches the mount itself.
 * Returns how many there are; up to `max` are given. */
struct opener {
	pid_t pid;
	char command[32];
	char path[256];
};
size_t unmount_openers(const char *dir, struct opener *list, size_t max);
