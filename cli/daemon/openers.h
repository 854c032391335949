/* SPDX-License-Identifier: MIT
 * Who has files of a mount open: by path, and by device, since a file may be open through a bind mount, a copy of the
 * mount in another namespace, a handle or /proc, or have no name any more.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct opener {
	pid_t pid;
	char command[32];
	char path[256];
};
struct openers_of {
	const char *dir;     /* what is under it, be it of a mount inside; NULL: nothing by its path */
	unsigned connection; /* minor device number of the mount (session_number); 0: nothing by its device */
};
/* openers_find: processes with a file, directory, root or mapping there. Never asks the mount itself, which could hang:
 * it reads /proc alone. Returns how many there are; up to `max` are given. */
size_t openers_find(const struct openers_of *of, struct opener *list, size_t max);
