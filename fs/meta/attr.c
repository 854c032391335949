/* SPDX-License-Identifier: MIT */
#include "fs/meta/attr.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/node_table.h"
#include "fs/core/pressed.h"
#include "fs/core/stamp.h"
#include "fs/core/xattr_rec.h"
#include "fs/data/edit.h"
#include "fs/data/stat.h"
#include "fs/data/truncate.h"
#include "fs/meta/acl.h"
#include "fs/meta/setid.h"

#include <limits.h>
#include <stdatomic.h>

int fs_getattr(struct fs *fs, uint64_t ino, struct stat *st)
{
	ns_guard_read(fs);
	return inode_getstat(fs, ino, st);
}

static void set_owner(struct fs *fs, struct inode *in, const struct stat *want, unsigned set)
{
	if (set & FS_SET_UID)
		in->uid = want->st_uid == fs->cfg.uid ? OWNER_SELF : want->st_uid;
	if (set & FS_SET_GID)
		in->gid = want->st_gid == fs->cfg.gid ? OWNER_SELF : want->st_gid;
	if (set & (FS_SET_UID | FS_SET_GID) && !(set & FS_SET_MODE))
		setid_kill(in);
}

static struct timestamp stamp_of(struct timespec ts)
{
	return (struct timestamp){ ts.tv_sec, (uint32_t)ts.tv_nsec };
}

static void set_times(struct inode *in, const struct stat *want, unsigned set)
{
	struct timestamp now = stamp_now();
	if (set & FS_SET_SIZE)
		in->mtime = now;
	if (set & FS_SET_ATIME)
		in->atime = stamp_of(want->st_atim);
	if (set & FS_SET_MTIME)
		in->mtime = stamp_of(want->st_mtim);
	if (set & FS_SET_ATIME_NOW)
		in->atime = now;
	if (set & FS_SET_MTIME_NOW)
		in->mtime = now;
	in->ctime = set & FS_SET_CTIME ? stamp_of(want->st_ctim) : now;
}

static int set_size(struct fs *fs, struct change *t, struct node *n, uint32_t mode, off_t size)
{
	if (S_ISDIR(mode))
		return EISDIR;
	if (!S_ISREG(mode) || size < 0)
		return EINVAL;
	struct file *f = node_file(fs, n);
	return f ? file_truncate(f, t, (uint64_t)size) : ENOMEM;
}

struct wanted {
	const struct fs_caller *who;
	const struct stat *st;
	unsigned set; /* which of its members */
};

static int set_all(struct fs *fs, struct change *t, struct node *n, const struct wanted *w, struct stat *st)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	unsigned set = w->set;
	struct inode in;
	struct inode_counts counts;
	int err = inode_edit(fs, t, n->ino, &in, &raw);
	if (!err)
		err = inode_counts(fs, n->ino, S_ISDIR(in.mode), &counts);
	if (!err && set & FS_SET_SIZE) {
		err = set_size(fs, t, n, in.mode, w->st->st_size);
		if (!err)
			err = inode_get_txn(t, n->ino, &in, &raw);
	}
	if (err)
		return err;
	const struct inode before = in;
	set_owner(fs, &in, w->st, set);
	if (set & FS_KILL_SUID)
		setid_kill(&in);
	if (set & FS_SET_MODE) {
		in.mode = (in.mode & S_IFMT) | (w->st->st_mode & 07777);
		err = acl_chmod(t, &in);
	}
	if (set & (FS_SET_UID | FS_SET_GID) && S_ISREG(in.mode)) /* a directory keeps it */
		setid_outsider(fs, w->who, &in, before.gid);
	set_times(&in, w->st, set);
	inode_store(t, &before, &in);
	inode_edit_show(fs, &in);
	inode_stat(fs, &in, &counts, st);
	return err;
}

int fs_setattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, const struct stat *want, unsigned set,
               struct stat *ret)
{
	const struct wanted w = { who, want, set };
	struct stat st = { 0 };
	struct node *n = node_open(fs, ino);
	if (!n)
		return ENOMEM;
	struct deadline end = edit_patience();
	unsigned tries = 0;
	int err;
	do {
		struct change *t = set & FS_SET_SIZE ? change_begin_removal(fs) : change_begin(fs);
		err = change_end(fs, t, t ? set_all(fs, t, n, &w, &st) : ENOMEM);
	} while (edit_again(fs, ino, end, &err) || pressed_again(fs, &tries, err));
	node_release(fs, n);
	if (!err)
		*ret = st;
	return err;
}

/* fs_statfs: free is what the local disk can still take, since everything written is held here until it is uploaded;
 * available is what writes may take of it. The store's own limit shows when it says that it is full. */
int fs_statfs(struct fs *fs, struct statvfs *out)
{
	struct statvfs disk = { .f_bsize = 4096, .f_frsize = 4096 };
	struct map_stats used;
	struct map_space space;
	if (fs->cfg.state_dir && statvfs(fs->cfg.state_dir, &disk))
		return errno;
	map_stats(fs->cfg.map, &used);
	map_space(fs->cfg.map, &space);
	uint64_t unit = disk.f_frsize ? disk.f_frsize : 4096;
	fsblkcnt_t free = MIN(space.free / unit, disk.f_blocks); /* a map in memory has room without end */
	*out = (struct statvfs){
		.f_bsize = unit, /* programs multiply by this one, too */
		.f_frsize = unit,
		.f_blocks = (used.base_bytes + used.memtable_bytes) / unit + free,
		.f_bfree = free,
		.f_bavail = MIN(space.writable / unit, free),
		.f_files = UINT_MAX,
		.f_ffree = UINT_MAX,
		.f_favail = UINT_MAX,
		.f_namemax = NAME_LEN_MAX,
	};
	return 0;
}
