/* SPDX-License-Identifier: MIT */
#include "fs/data/stat.h"

#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/data/usage.h"

#define DIR_SIZE 4096

static struct timespec ts_of(struct timestamp s)
{
	return (struct timespec){ .tv_sec = s.sec, .tv_nsec = s.nsec };
}

void inode_stat(struct fs *fs, const struct inode *in, const struct inode_counts *counts, struct stat *st)
{
	*st = (struct stat){
		.st_ino = in->ino,
		.st_mode = in->mode,
		.st_nlink = counts->names,
		.st_uid = in->uid == OWNER_SELF ? fs->cfg.uid : in->uid,
		.st_gid = in->gid == OWNER_SELF ? fs->cfg.gid : in->gid,
		.st_rdev = in->rdev,
		.st_size = (off_t)in->size,
		.st_blksize = 4096,
		.st_atim = ts_of(in->atime),
		.st_mtim = ts_of(in->mtime),
		.st_ctim = ts_of(in->ctime),
	};
	if (S_ISREG(in->mode)) {
		st->st_blocks = (blkcnt_t)((usage_of(fs, in) + 511) / 512);
	} else if (S_ISDIR(in->mode)) {
		st->st_size = DIR_SIZE;
		st->st_blocks = DIR_SIZE / 512;
		st->st_nlink = counts->names || in->ino == INO_ROOT ? 2 + counts->subdirs : 0;
	} else if (S_ISLNK(in->mode)) {
		st->st_size = (off_t)in->inline_data.len;
	}
}

int inode_getstat(struct fs *fs, uint64_t ino, struct stat *st)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	struct inode_counts counts;
	int err = inode_get(fs, ino, &in, &raw);
	if (!err)
		err = inode_counts(fs, in.ino, S_ISDIR(in.mode), &counts);
	if (!err)
		inode_stat(fs, &in, &counts, st);
	return err;
}
