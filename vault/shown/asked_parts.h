/* SPDX-License-Identifier: MIT
 * What a tree that reads has read, for the files that answer: asked_inode.c, asked_dir.c, asked_name.c.
 */
#pragma once

#include "vault/shown/alone.h"
#include "vault/tree/parts.h"

struct asked_name { /* shown as it is recorded, alone under its name */
	struct name name;
	struct tree_entry entry;
};
struct asked_answer { /* to a lookup */
	struct name name;
	const struct tree_entry *entry; /* NULL: nothing is shown */
};
struct asked_cluster { /* of names (shown_key.h) */
	uint64_t first;
	struct tree *t;
};
struct asked_dir { /* a directory that is shown */
	struct tree_dir dir;
	struct name name; /* of `entry` */
	struct tree_entry entry;
	struct u64s members;
	struct asked_cluster *clusters; /* by hash */
	size_t clusters_n, clusters_cap;
	struct tree *losers; /* of all clusters in which something may have a conflict name */
	struct tree *all;
	struct asked_name **names; /* by name */
	size_t names_n, names_cap;
	struct asked_answer *answers; /* the few names that one operation asks for again and again */
	size_t answers_n, answers_cap;
};
struct asked_links { /* an answer */
	struct asked_links *next;
	const struct tree_link *v[];
};
struct asked {
	struct tree tree; /* first */
	struct context c; /* keeps its last answers in the two below */
	struct context_dir last;
	struct context_path path;
	struct asked_dir **dirs; /* by number of the identity */
	size_t dirs_n, dirs_cap;
	struct alone **inodes; /* by number */
	size_t inodes_n, inodes_cap;
	struct u64s voided, revived;
	struct asked_links *links;
};
static inline struct asked *asked_of(const struct tree *t)
{
	return (struct asked *)(uintptr_t)t; /* what it read is its own matter */
}
