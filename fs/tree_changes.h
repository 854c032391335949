/* SPDX-License-Identifier: MIT
 * What another device's changes are in the tree that is shown.
 */
#pragma once

#include "fs/core/config.h"
#include "fs/core/xattr_rec.h"

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
