/* SPDX-License-Identifier: MIT
 * What another device's changes are in the tree that is shown, whatever records say them. Of format 1 they are found
 * here, record by record.
 */
#pragma once

#include "fs/core/config.h"

struct tree_change {
	enum {
		TREE_ATTRS,    /* inode `ino` has other attributes or xattrs */
		TREE_CONTENTS, /* it has other contents, or is gone, or nobody can tell; of a directory: its record
		                  changed */
		TREE_ENTRY,    /* in directory `ino`, `name` stands for another inode */
	} kind;
	uint64_t ino;
	uint64_t before, after; /* of an entry: the inodes; 0: none */
	struct span name;       /* of an entry: 1..NAME_LEN_MAX bytes; not owned */
};
#define TREE_CHANGES_MAX (2 * DIRENT_TIES_MAX) /* of one record */

/* tree_changes_of: what the change of a record of format 1 is. A value with p NULL is none; names point into the
 * values. How many, TREE_CHANGES_MAX at most; none where a damaged entry keeps it from being known: the next lookup
 * tells. */
size_t tree_changes_of(struct span key, struct span before, struct span after,
                       struct tree_change list[TREE_CHANGES_MAX]);
/* fs_changed: for sync_config.changed; ctx is the struct fs. */
void fs_changed(void *fs, struct span key, struct span before, struct span after);
