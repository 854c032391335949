/* SPDX-License-Identifier: MIT
 * What is shown, by the numbers that programs see: of a directory that is united with others the identity's, of a
 * sibling the one that it will have as a file of its own. Within an operation: as that has left it.
 *
 * ERR_NOTFOUND: nothing is shown there; ERR_NOMEM; what reading records fails with.
 */
#pragma once

#include "vault/tree/tree.h"

struct work;

/* An entry of a directory. */
struct work_entry {
	uint64_t ino;
	uint8_t type;  /* S_IFMT >> 12 */
	uint64_t hash; /* of the shown name */
	struct name name;
};
/* work_lookup: what `dir` shows as `name`. dir: any member. */
MUST_CHECK err_t work_lookup(struct work *w, uint64_t dir, struct span name, struct work_entry *ret);
/* work_children: calls for what is in a directory, ascending by hash, then name, beginning with hash `from`; what `fn`
 * answers but for ERR_OK ends it, and is the answer. fn asks nothing. */
typedef err_t (*work_visit)(void *ctx, const struct work_entry *e);
MUST_CHECK err_t work_children(struct work *w, uint64_t dir, uint64_t from, work_visit fn, void *ctx);

/* What a number shows. */
struct work_number {
	uint64_t ino;  /* as entries have it: of a directory the identity, also when another member was asked for */
	uint64_t home; /* whose INODE and XATTRs count: of a sibling the file that it stands beside */
	uint8_t type;
	bool sibling;
	struct spot at; /* where it is shown; of a file the first such place; of the root directory 0 */
	/* Of what is no directory: the version that is shown, and under which inode it is recorded. */
	uint64_t version_home;
	struct version_id version;
};
/* work_number: any directory that is shown, by any member; any file of which a link is shown; any sibling. */
MUST_CHECK err_t work_number(struct work *w, uint64_t ino, struct work_number *ret);
/* work_read: the same, and `fn` is called with it and with the records as they are shown, each of which is read once;
 * what it answers is the answer. fn asks nothing. */
typedef err_t (*work_reading)(void *ctx, const struct view *shown, const struct work_number *n);
MUST_CHECK err_t work_read(struct work *w, uint64_t ino, work_reading fn, void *ctx);
/* work_recorded: whose records those are that the number shows, or showed when it was parted (vault/tree/stand_in.h).
 */
uint64_t work_recorded(const struct work *w, uint64_t ino);
/* work_shown_as: the other way: the number that shows now what is recorded as `ino`. */
uint64_t work_shown_as(const struct work *w, uint64_t ino);
/* work_parent: the directory that shows it; of the root itself. */
MUST_CHECK err_t work_parent(struct work *w, uint64_t ino, uint64_t *ret);
/* work_names: how many names it has. work_subdirs: how many directories are in a directory. */
MUST_CHECK err_t work_names(struct work *w, uint64_t ino, unsigned *ret);
MUST_CHECK err_t work_subdirs(struct work *w, uint64_t dir, unsigned *ret);
/* work_dirs: calls for the directory of each name that it has; what `fn` answers but for ERR_OK ends it. Of the root:
 * none. */
typedef err_t (*work_ino_visit)(void *ctx, uint64_t ino);
MUST_CHECK err_t work_dirs(struct work *w, uint64_t ino, work_ino_visit fn, void *ctx);
/* work_members: calls for each directory that is united in this one, itself too; what `fn` answers but for ERR_OK ends
 * it. */
MUST_CHECK err_t work_members(struct work *w, uint64_t dir, work_ino_visit fn, void *ctx);
