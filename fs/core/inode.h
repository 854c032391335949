/* SPDX-License-Identifier: MIT
 * An inode, as all of fs/ knows it, whatever records say it. Call with the namespace lock held (either side).
 */
#pragma once

#include "fs/core/change.h"
#include "fs/core/inode_rec.h"
#include "vault/join/types.h"

struct inode {
	uint64_t ino;
	struct id birth;     /* who this file is, whatever its number */
	uint32_t mode;       /* type and permissions */
	uint32_t uid, gid;   /* OWNER_SELF: the vault's owner */
	uint64_t rdev, size; /* size in bytes */
	struct timestamp atime, mtime, ctime, btime;
	struct id version;       /* content-version id: another one whenever size, key or extents changed */
	struct id content;       /* regular files over FILE_INLINE_MAX: where the extents are; all zero: none yet */
	uint8_t file_key[32];    /* regular files */
	struct span inline_data; /* contents of a small file, or a symlink's target; not owned */
	struct span acl;         /* the access ACL as the kernel has it, or none; not owned */
	/* and of what is no directory; `version` is the version's tag: */
	enum contents form;
	struct id block;      /* of a file that is one */
	struct stamp written; /* of the version */
};
/* inode_get: as it is, and over it what an open file has not flushed yet; ret->inline_data and acl point into `raw`. */
int inode_get(struct fs *fs, uint64_t ino, struct inode *ret, struct buf *raw);
/* inode_get_txn: as transaction `t` will leave it. A file's unflushed writes are not in it: data/edit.h. */
int inode_get_txn(struct change *t, uint64_t ino, struct inode *ret, struct buf *raw);
/* inode_store: into transaction `t`: the inode is `after`; it was `before`, as inode_get_txn gave it in `t`. NULL: it
 * is made. Number, birth and type stay. A failure is told by change_apply. */
void inode_store(struct change *t, const struct inode *before, const struct inode *after);
struct inode_counts {
	unsigned names;   /* entries of directories that show it */
	unsigned subdirs; /* of a directory */
};
/* inode_counts: how many names and subdirectories it has. inode_names: names alone, which costs less. */
int inode_counts(struct fs *fs, uint64_t ino, bool is_dir, struct inode_counts *ret);
int inode_names(struct fs *fs, uint64_t ino, unsigned *ret);
static inline bool inode_has_contents(const struct inode *in)
{
	return !id_is_zero(in->content) || !id_is_zero(in->block);
}
