/* SPDX-License-Identifier: MIT
 * The shown tree, as a function of the shared records (docs/join.md, section 4; tests/model/tree.py says the same as a
 * program). Nothing of it is ever published; two devices with the same records have the same tree.
 *
 * Terms
 *   entry     what a program sees under a name: a directory, a file, or a sibling of one.
 *   recorded  the name that the link's record says. Others are shown: conflict names, and of void moves the one before.
 *   member    a directory that is united with others of its name. One is the identity: its number, its attributes.
 *   sibling   a further version of a file that nobody replaced either, shown beside it.
 *   hidden    a link that is not shown: an equal one is, in the same directory under the same name.
 *   revived   removed, and shown all the same because of what is in it.
 *   void      the move of a directory that would close a cycle.
 *
 * Order of derivation: cycles, removal, union, names. Whatever the records are, there is one root, no cycle, and every
 * live link is shown or hidden exactly once: what hangs nowhere is in lost+found (INO_LOST), a directory of the root.
 *
 * A tree is derived from all records (build.h), or reads while it is asked (vault/shown/asked.h).
 *
 * Ownership: what a query gives belongs to the tree and is valid until the tree is freed. Entries of one tree are the
 * same iff directory and name are (tree_same); not by their addresses. A tree that was derived is never changed, and
 * any number of threads may ask; one that reads is one thread's, and nobody asks it any more after records changed.
 * Queries: ERR_NOTFOUND when there is no such thing; ERR_NOMEM, and what the view says, from trees that read.
 */
#pragma once

#include "vault/join/view.h"

struct tree;
struct tree_entry;

struct tree_link { /* a link as it counts */
	uint64_t ino, lid;
	struct stamp life, placed; /* placed: stamp of where */
	uint64_t dir;              /* as recorded; of half an exchange that does not hold the place before */
	struct span name;
	struct seat seat;
	bool has_back;
	uint64_t back_dir;
	struct span back_name;
	bool removed;                   /* by a plain removal, or one by rename that holds */
	struct stamp removed_at;        /* greatest stamp of these */
	bool live;                      /* of a file: shown, or hidden behind an equal one; of a directory: shown */
	size_t more;                    /* private */
	const struct tree_entry *entry; /* private: tree_link_entry */
};

struct tree_version {
	uint64_t ino;  /* which file shows it */
	uint64_t home; /* whose record it is in */
	struct version_id id, root;
	int64_t root_time;
	uint64_t via;
	bool taken;                     /* who removed the file that this copy was split from saw it (inherit.h) */
	bool live;                      /* not taken, not gone, and of a revived file not one that its remover saw */
	const struct tree_entry *entry; /* private: tree_sibling_entry */
};

struct tree_entry {
	uint64_t dir; /* identity of the directory that shows it */
	struct span name;
	uint8_t type; /* S_IFMT >> 12 */
	uint64_t ino; /* of a directory: the identity; of a sibling: of the file that it is beside */
	uint64_t lid;
	const struct tree_version *version; /* NULL: a directory */
	bool sibling;
	struct span recorded;
	unsigned counter;                      /* 0: no conflict name; 1: a conflict name; more: with this counter */
	const struct tree_link *const *hidden; /* by falling seat */
	size_t hidden_n;
};

struct tree_dir { /* a directory that is shown */
	uint64_t ino;
	const struct tree_entry *entry;           /* NULL: the root */
	uint64_t up;                              /* identity of the directory above; of the root 0 */
	const struct tree_entry *const *children; /* of a derived tree alone: by name, bytes ascending */
	size_t children_n;
	const uint64_t *members; /* the identity first; INO_LOST may be among them, and has no record */
	size_t members_n;
	bool revived; /* its identity is */
};

struct tree_file { /* an inode that is no directory, shown or not */
	uint64_t ino;
	uint8_t type;
	const struct tree_link *links; /* by lid */
	size_t links_n, live_n;
	const struct tree_version *versions; /* not gone: the live ones first, each by falling (root, id) */
	size_t versions_n, shown_n;          /* shown_n: the live ones; the first of them has the name */
	bool single; /* it is known to have no other link and no other version, and none elsewhere (SHOWN_SEVERAL) */
};

struct tree_links {
	const struct tree_link *const *v;
	size_t n;
};
struct tree_inos {
	const uint64_t *v;
	size_t n;
};

/* tree_freep: NULL is fine. */
void tree_freep(struct tree **t);

/* tree_dir: the shown directory of which `ino` is a member. tree_lookup: what is shown in it as `name`. */
MUST_CHECK err_t tree_dir(const struct tree *t, uint64_t ino, const struct tree_dir **ret);
MUST_CHECK err_t tree_lookup(const struct tree *t, uint64_t dir, struct span name, const struct tree_entry **ret);
/* tree_is_empty: is nothing in it? */
MUST_CHECK err_t tree_is_empty(const struct tree *t, uint64_t dir, bool *ret);
static inline bool tree_same(const struct tree_entry *a, const struct tree_entry *b)
{
	return a == b || (a->dir == b->dir && span_cmp(a->name, b->name) == 0);
}
/* tree_file: any file that has an INODE record; tree_link: any link that has a record. */
MUST_CHECK err_t tree_file(const struct tree *t, uint64_t ino, const struct tree_file **ret);
MUST_CHECK err_t tree_link(const struct tree *t, uint64_t ino, uint64_t lid, const struct tree_link **ret);
/* tree_version: the live version `id` of the file `ino` (the file that shows it, not the record). */
MUST_CHECK err_t tree_version(const struct tree *t, uint64_t ino, const struct version_id *id,
                              const struct tree_version **ret);
/* tree_link_entry: under which a link is shown, or hidden; NULL: it is not live. tree_sibling_entry: under which a
 * version is shown beside another; NULL: it is not. */
MUST_CHECK err_t tree_link_entry(const struct tree *t, const struct tree_link *l, const struct tree_entry **ret);
MUST_CHECK err_t tree_sibling_entry(const struct tree *t, const struct tree_version *v, const struct tree_entry **ret);
/* tree_nlink: how many names the file that `e` shows has. */
MUST_CHECK err_t tree_nlink(const struct tree *t, const struct tree_entry *e, unsigned *ret);
/* tree_is_revived: of a member, which need not be the identity. */
MUST_CHECK err_t tree_is_revived(const struct tree *t, uint64_t ino, bool *ret);
/* tree_voided: shown directories whose move is void, ascending. */
MUST_CHECK err_t tree_voided(const struct tree *t, struct tree_inos *ret);
/* tree_revived: files of several links, all removed, one of which is shown for versions that no remover saw, ascending.
 */
MUST_CHECK err_t tree_revived(const struct tree *t, struct tree_inos *ret);
/* tree_dir_has: is `ino` one of its members? */
bool tree_dir_has(const struct tree_dir *d, uint64_t ino);
/* tree_hangs_in: is the directory `dir`, shown or not, a member of the shown directory `top`, or below it? */
MUST_CHECK err_t tree_hangs_in(const struct tree *t, uint64_t dir, uint64_t top, bool *ret);
/* tree_bound: links of which a half or a removal by rename is bound to the link (ino, lid), whether it holds or not. */
MUST_CHECK err_t tree_bound(const struct tree *t, uint64_t ino, uint64_t lid, struct tree_links *ret);
/* tree_leans: would `e` be shown otherwise if what is shown as `name` in its directory went away, or had lost its name?
 */
MUST_CHECK err_t tree_leans(const struct tree *t, const struct tree_entry *e, struct span name, bool *ret);
/* tree_number_of: the number that an entry has: its inode; of a sibling that of the file that it would be split into;
 * or the stand-in of that (stand_in.h). tree_meant: without stand-in; 0: nothing is shown under it. */
MUST_CHECK err_t tree_number_of(const struct tree *t, const struct tree_entry *e, uint64_t *ret);
uint64_t tree_meant(const struct tree *t, uint64_t number);
/* tree_number: what has a number, by any member of a directory; of a file with several links the first live one, which
 * may be hidden: then the entry is the equal one's. NULL: the root. ERR_NOTFOUND: nothing that is shown. */
MUST_CHECK err_t tree_number(const struct tree *t, uint64_t shown, const struct tree_entry **ret);
/* tree_path: appends the path of a shown directory from the root, "/a/b"; nothing for the root itself. */
MUST_CHECK err_t tree_path(const struct tree *t, uint64_t dir, struct buf *out);

/* Calls of `fn` for entries; what it answers ends them unless it is ERR_OK.
 * tree_children: all that a directory shows, by name, bytes ascending.
 * tree_leaning: those of the directory that lean on `name` (tree_leans), in any order. tree_namesakes: those files of
 * the directory, and siblings, to which a record gives that name, in any order. tree_conflicts: each entry with a
 * conflict name, by directory number and name. */
typedef err_t (*tree_visit)(void *ctx, const struct tree_entry *e);
MUST_CHECK err_t tree_children(const struct tree *t, uint64_t dir, tree_visit fn, void *ctx);
MUST_CHECK err_t tree_leaning(const struct tree *t, uint64_t dir, struct span name, tree_visit fn, void *ctx);
MUST_CHECK err_t tree_namesakes(const struct tree *t, uint64_t dir, struct span name, tree_visit fn, void *ctx);
MUST_CHECK err_t tree_conflicts(const struct tree *t, tree_visit fn, void *ctx);
