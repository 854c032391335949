/* SPDX-License-Identifier: MIT
 * What a tree is made of, for the steps that derive it (in this order): index.c, hang.c, live.c, fill.c.
 * Arrays are filled once and then sorted once; everything else refers to them by index or, when they are final, by
 * pointer. The root and lost+found always have a node, the first and second.
 */
#pragma once

#include "vault/tree/arena.h"
#include "vault/tree/build.h"
#include "vault/tree/reader.h"

/* A tree that reads while it is asked has `reader` and `naming`, and what is its own behind. */
#define NONE SIZE_MAX
#define NODE_ROOT 0
#define NODE_LOST 1
#define TYPE_DIR 4     /* S_IFDIR >> 12 */
#define TYPE_REGULAR 8 /* S_IFREG >> 12 */
#define TYPE_SYMLINK 10

struct run { /* some elements of an array, one after the other */
	size_t at, n;
};

struct inode { /* an inode */
	uint64_t ino;
	uint8_t type;
	bool is_dir; /* and it has a place: others of that type are not shown */
	struct id birth;
	struct run links, versions, written;
	/* of a directory */
	size_t place, hang; /* nodes: where its record says, and where it hangs; NONE: the root and lost+found */
	bool is_void, buried, shown, revived, alive;
	struct run subs, files; /* in t->subs (nodes), t->files (links): what hangs in it */
	size_t identity;        /* node whose `dir` tells of it */
	struct tree_dir dir;
	/* of a file */
	struct tree_file file;
	size_t same; /* node that stands for all files with these contents and no sibling */
	unsigned nlink;
	/* of a node that stands for others: while one name is looked at */
	size_t group;
	struct tree_entry *kept;
};

struct bound { /* what a link is bound to, and a set of versions of it in `seen` */
	struct partner to;
	struct run seen;
};
struct more { /* what few links have */
	size_t link;
	bool has_half, has_removal;
	struct partner half;
	uint64_t before;
	struct span before_name;
	struct seat before_seat;
	struct stamp removed_at;
	struct run seen, replaced; /* in t->seen, t->replaced */
};
struct written { /* any version, gone or not, where it was written */
	uint64_t home;
	struct version_id id;
	uint64_t via;
};
struct bound_ref { /* link `link` is bound to (ino, lid) */
	uint64_t ino, lid;
	size_t link;
};

#define VEC(type)                                                                                                      \
	struct {                                                                                                       \
		type *v;                                                                                               \
		size_t n, cap;                                                                                         \
	}
struct tree {
	const struct tree_reader *reader;
	struct tree_naming naming;
	struct arena names;
	bool homes_known;            /* versions say already which file shows them */
	VEC(struct inode) nodes;     /* by ino */
	VEC(struct tree_link) links; /* by (ino, lid) */
	VEC(struct more) more;
	VEC(struct version_id) seen;
	VEC(struct bound) replaced;
	VEC(struct tree_version) versions; /* by (ino, falling root, falling id) */
	VEC(struct written) written;       /* by (home, falling id) */
	VEC(struct bound_ref) bound;       /* by (ino, lid, link) */
	const struct tree_link **bound_links;
	size_t *order; /* nodes of directories, each after the one it hangs in */
	size_t order_n;
	size_t *subs, *files;
	VEC(uint64_t) voided, revived;
	/* what is shown; `entries` never moves */
	struct tree_entry *entries;
	size_t entries_n;
	const struct tree_entry **children;
	uint64_t *members;
	size_t members_n;
	const struct tree_link **hidden;
	size_t hidden_n;
};
