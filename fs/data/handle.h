/* SPDX-License-Identifier: MIT
 * Open handles.
 */
#pragma once

#include "fs/core/node_table.h"
#include "fs/data/readahead.h"

struct fs_file {
	struct fs *fs;
	struct node *node;
	struct file *file;
	int flags;
	_Atomic unsigned refs; /* the opener's, and one for each read that is being started */
	struct read_pattern pattern;
};

/* handle_open: of a regular file; one for writing stays in the version that it was opened with. Takes the node
 * reference over, also when it fails. No lock held. ESTALE: for writing, what others removed or parted
 * (vault/tree/stand_in.h), by whoever may have come by the name that it had: what is written there would go with its
 * last user. The kernel looks the name up again. */
int handle_open(struct fs *fs, struct node *n, int flags, struct fs_file **ret);
/* handle_ref: keeps an open file while a read is being started; handle_unref gives it back. */
void handle_ref(struct fs_file *h);
void handle_unref(struct fs_file *h);
