/* SPDX-License-Identifier: MIT
 * Entries of one directory under one name hash, and the smallest changes of a directory. Used by names, rename and dir.
 */
#pragma once

#include "fs/core/node_table.h"

struct ents {
	struct buf hold; /* list's names point into it */
	struct dirent_rec list[DIRENT_TIES_MAX];
	size_t n;
	uint64_t hash;
};
void ents_free(struct ents *e);
/* name_check: EINVAL, ENAMETOOLONG or 0; "." and ".." are EINVAL. name_hash: of entries and xattrs. */
int name_check(const char *name);
int name_hash(struct fs *fs, const char *name, uint64_t *ret);
/* dirent_find: the entry, ENOENT. ret->name is not set. t may be NULL. */
int dirent_find(struct fs *fs, struct txn *t, uint64_t dir, const char *name, struct dirent_rec *ret);
/* dirent_set: makes or replaces the entry; ENOSPC when too many names share its hash. dirent_clear: removes it. */
int dirent_set(struct fs *fs, struct txn *t, uint64_t dir, const char *name, uint64_t ino, mode_t type);
int dirent_clear(struct fs *fs, struct txn *t, uint64_t dir, const char *name);
/* dir_edit: a live directory's record for a change of its entries: ENOTDIR, ENOENT when it was removed. dir_touch:
 * mtime and ctime, and puts it. */
int dir_edit(struct fs *fs, struct txn *t, uint64_t dir, struct inode_rec *ret, struct buf *hold);
int dir_touch(struct fs *fs, struct txn *t, uint64_t dir, struct stamp now);
/* inode_touch: ctime. */
int inode_touch(struct fs *fs, struct txn *t, uint64_t ino, struct stamp now);
/* dir_empty: ENOTEMPTY, or 0. */
int dir_empty(struct fs *fs, uint64_t dir);
/* dir_parent: where a directory's own name is; ENOENT when it has none. t may not have moved it. */
int dir_parent(struct fs *fs, uint64_t dir, uint64_t *ret);
/* name_gone: in set `t` the inode loses one of its names: ctime, and an orphan when it was the last (fs/names.c). */
int name_gone(struct fs *fs, struct txn *t, uint64_t ino, struct stamp now);
