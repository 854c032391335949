/* SPDX-License-Identifier: MIT
 * Who has files open under a mount point.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct opener {
	pid_t pid;
	char command[32];
	char path[256];
};
/* openers_find: processes with a file, directory, root or mapping under `dir`. Never touches the mount itself, which
 * could hang: it reads the links in /proc alone. Returns how many there are; up to `max` are given. */
size_t openers_find(const char *dir, struct opener *list, size_t max);
