/* SPDX-License-Identifier: MIT
 * What is made, and the making.
 */
#pragma once

#include "fs/core/inode.h"
#include "vault/act/spot.h"

#include <sys/stat.h>

struct made { /* what is to be made */
	const struct fs_caller *who;
	uint64_t dir;
	const char *name;
	mode_t mode; /* with type */
	dev_t rdev;
	struct span target; /* of a symlink */
	struct node **node; /* not NULL: it is open for writing at once: its node, held, also on failure */
};

/* made_shown: makes it, with a reference of the kernel's. */
int made_shown(struct change *t, const struct made *m, struct stat *st);
/* made_whiteout: at a name that was taken away, what union file systems take for a file that is removed: a
 * device 0:0. */
int made_whiteout(struct change *t, const struct spot *at);
