/* SPDX-License-Identifier: MIT
 * Making, finding and removing names. Each operation is one transaction, applied whole.
 */
#include "fs/meta/acl.h"
#include "fs/names/dirent.h"
#include "fs/residency/pin_fetcher.h"
#include "util/log.h"

#include <stdatomic.h>
#include <string.h>

/* --- finding --- */

int fs_lookup(struct fs *fs, uint64_t dir, const char *name, struct stat *st)
{
	struct dirent_rec d = { 0 };
	struct stat got;
	int err = 0;
	ns_guard_read(fs);
	if (!strcmp(name, "."))
		d.ino = dir;
	else if (!strcmp(name, ".."))
		err = dir_parent(fs, dir, &d.ino);
	else if (!(err = name_check(name)))
		err = dirent_find(fs, NULL, dir, name, &d);
	if (!err)
		err = inode_getstat(fs, d.ino, &got);
	if (!err)
		err = node_ref_kernel(fs, d.ino);
	if (!err)
		*st = got;
	return err;
}

int fs_readlink(struct fs *fs, uint64_t ino, struct buf *out)
{
	cleanup(buf_free) struct buf hold = BUF_INIT;
	struct inode_rec in;
	ns_guard_read(fs);
	int err = inode_get(fs, ino, &in, &hold);
	if (err)
		return err;
	if (!S_ISLNK(in.mode))
		return EINVAL;
	buf_clear(out);
	buf_put(out, in.inline_data.p, in.inline_data.len);
	return errno_of(buf_ok(out));
}

/* --- making --- */

struct made { /* what is to be made */
	const struct fs_caller *who;
	uint64_t dir;
	const char *name;
	mode_t mode; /* with type */
	dev_t rdev;
	struct span target; /* of a symlink */
};

/* new_ino: under the write side. A prefix serves four thousand million inodes, then another is drawn. */
static int new_ino(struct fs *fs, uint64_t *ret)
{
	if (atomic_load(&fs->ino_next) == UINT32_MAX) {
		uint32_t prefix;
		err_t e = crypto_random(&prefix, sizeof(prefix));
		if (e)
			return errno_of(e);
		fs->ino_prefix = prefix | 1u << 31;
		atomic_store(&fs->ino_next, 1);
	}
	*ret = (uint64_t)fs->ino_prefix << 32 | atomic_fetch_add(&fs->ino_next, 1);
	return 0;
}

static int fill_new(struct fs *fs, const struct made *m, const struct inode_rec *parent, struct inode_rec *in)
{
	struct {
		uint8_t birth[ID_LEN], version[ID_LEN], key[32];
	} rnd;
	err_t e = crypto_random(&rnd, sizeof(rnd));
	uint64_t ino = 0;
	int err = e ? errno_of(e) : new_ino(fs, &ino);
	if (err)
		return err;
	*in = (struct inode_rec){
		.ino = ino,
		.mode = m->mode,
		.uid = m->who->uid == fs->cfg.uid ? OWNER_SELF : m->who->uid,
		.gid = m->who->gid == fs->cfg.gid ? OWNER_SELF : m->who->gid,
		.rdev = S_ISCHR(m->mode) || S_ISBLK(m->mode) ? m->rdev : 0,
		.inline_data = m->target,
		.size = m->target.len,
	};
	memcpy(in->birth, rnd.birth, ID_LEN);
	memcpy(in->version, rnd.version, ID_LEN);
	if (S_ISREG(m->mode))
		memcpy(in->file_key, rnd.key, sizeof(in->file_key));
	crypto_wipe(&rnd, sizeof(rnd));
	in->atime = in->mtime = in->ctime = in->btime = stamp_now();
	if (parent->mode & S_ISGID) {
		in->gid = parent->gid;
		if (S_ISDIR(m->mode))
			in->mode |= S_ISGID;
	}
	return 0;
}

static int make(struct fs *fs, struct txn *t, const struct made *m, struct stat *st)
{
	cleanup(buf_free) struct buf hold = BUF_INIT;
	struct inode_rec parent, in;
	struct dirent_rec d;
	int err = dir_edit(fs, t, m->dir, &parent, &hold);
	if (err)
		return err;
	err = dirent_find(fs, t, m->dir, m->name, &d);
	if (err != ENOENT)
		return err ? err : EEXIST;
	err = fill_new(fs, m, &parent, &in);
	if (!err)
		err = acl_inherit(fs, t, m->dir, m->who->umask, &in);
	if (!err)
		err = dirent_set(fs, t, m->dir, m->name, in.ino, in.mode);
	if (err)
		return err;
	inode_put_txn(t, &in);
	parent.mtime = parent.ctime = in.ctime;
	inode_put_txn(t, &parent);
	struct count_rec counts = { .names = 1 };
	inode_stat(fs, &in, &counts, st);
	return node_ref_kernel(fs, in.ino);
}

static int make_check(const struct made *m)
{
	if (!strcmp(m->name, ".") || !strcmp(m->name, ".."))
		return EEXIST;
	return name_check(m->name);
}

static int make_one(struct fs *fs, const struct made *m, struct stat *ret)
{
	struct stat st = { 0 };
	int err = make_check(m);
	if (err)
		return err;
	struct txn *t = change_begin(fs);
	bool ref = false;
	if (t) {
		err = make(fs, t, m, &st);
		ref = !err;
	} else {
		err = ENOMEM;
	}
	err = change_end(fs, t, err);
	if (err && ref)
		fs_forget(fs, st.st_ino, 1);
	if (!err)
		*ret = st;
	return err;
}

int fs_mknod(struct fs *fs, const struct fs_caller *who, uint64_t dir, const char *name, mode_t mode, dev_t rdev,
             struct stat *st)
{
	mode_t type = mode & S_IFMT ? mode & S_IFMT : S_IFREG;
	if (type == S_IFDIR || type == S_IFLNK)
		return EPERM;
	struct made m = { who, dir, name, type | (mode & 07777), rdev, SPAN(NULL, 0) };
	return make_one(fs, &m, st);
}

int fs_mkdir(struct fs *fs, const struct fs_caller *who, uint64_t dir, const char *name, mode_t mode, struct stat *st)
{
	struct made m = { who, dir, name, S_IFDIR | (mode & 07777), 0, SPAN(NULL, 0) };
	return make_one(fs, &m, st);
}

int fs_symlink(struct fs *fs, const struct fs_caller *who, const char *target, uint64_t dir, const char *name,
               struct stat *st)
{
	struct made m = { who, dir, name, S_IFLNK | 0777, 0, span_str(target) };
	if (!m.target.len)
		return ENOENT;
	if (m.target.len >= 4096)
		return ENAMETOOLONG;
	return make_one(fs, &m, st);
}

int fs_create(struct fs *fs, const struct fs_caller *who, uint64_t dir, const char *name, mode_t mode, int flags,
              struct stat *st, struct fs_file **ret)
{
	struct made m = { who, dir, name, S_IFREG | (mode & 07777), 0, SPAN(NULL, 0) };
	struct stat got;
	int err = make_one(fs, &m, &got);
	if (err)
		return err;
	struct node *n = node_acquire(fs, got.st_ino); /* the lookup reference keeps the inode until then */
	err = n ? handle_new(fs, n, flags, ret) : ENOMEM;
	if (err)
		fs_forget(fs, got.st_ino, 1); /* the file stays, as after a failed open(2) */
	else
		*st = got;
	return err;
}

static int link_one(struct fs *fs, struct txn *t, uint64_t ino, uint64_t dir, const char *name, struct stat *st)
{
	cleanup(buf_free) struct buf hold = BUF_INIT, hold2 = BUF_INIT;
	struct inode_rec parent, in;
	struct dirent_rec d;
	struct count_rec counts;
	int err = dir_edit(fs, t, dir, &parent, &hold);
	if (!err)
		err = inode_edit(fs, t, ino, &in, &hold2);
	if (!err && S_ISDIR(in.mode))
		err = EPERM;
	if (!err)
		err = inode_counts(fs, ino, &counts);
	if (err)
		return err;
	if (!counts.names)
		return ENOENT; /* unlinked, merely open */
	err = dirent_find(fs, t, dir, name, &d);
	if (err != ENOENT)
		return err ? err : EEXIST;
	err = dirent_set(fs, t, dir, name, ino, in.mode);
	if (err)
		return err;
	in.ctime = parent.mtime = parent.ctime = stamp_now();
	inode_put_txn(t, &in);
	inode_put_txn(t, &parent);
	counts.names++;
	inode_stat(fs, &in, &counts, st);
	return node_ref_kernel(fs, ino);
}

int fs_link(struct fs *fs, uint64_t ino, uint64_t dir, const char *name, struct stat *ret)
{
	struct made m = { .name = name };
	struct stat st = { 0 };
	int err = make_check(&m);
	if (err)
		return err;
	struct txn *t = change_begin(fs);
	err = t ? link_one(fs, t, ino, dir, name, &st) : ENOMEM;
	bool ref = !err;
	err = change_end(fs, t, err);
	if (err && ref)
		fs_forget(fs, ino, 1);
	if (err)
		return err;
	pins_nudge_under(fs, dir);
	*ret = st;
	return 0;
}

/* --- removing --- */

int name_gone(struct fs *fs, struct txn *t, uint64_t ino, struct stamp now)
{
	cleanup(buf_free) struct buf hold = BUF_INIT;
	struct inode_rec in;
	struct count_rec counts;
	int err = inode_edit(fs, t, ino, &in, &hold);
	if (err == EFBIG) /* it waits for cold blocks, and what is kept stays kept: no reason not to remove it */
		err = inode_get_txn(t, ino, &in, &hold);
	if (err == ENOENT)
		return 0; /* an entry without its inode: only the entry goes */
	if (!err)
		err = inode_counts(fs, ino, &counts);
	if (err)
		return err;
	in.ctime = now;
	inode_put_txn(t, &in);
	return counts.names > 1 ? 0 : orphan_made(fs, t, &in);
}

static int remove_one(struct fs *fs, struct txn *t, uint64_t dir, const char *name, bool want_dir)
{
	cleanup(buf_free) struct buf hold = BUF_INIT;
	struct inode_rec parent;
	struct dirent_rec d;
	int err = dir_edit(fs, t, dir, &parent, &hold);
	if (!err)
		err = dirent_find(fs, t, dir, name, &d);
	if (!err && S_ISDIR(d.type) != want_dir)
		err = want_dir ? ENOTDIR : EISDIR;
	if (!err && want_dir)
		err = dir_empty(fs, d.ino);
	if (!err)
		err = dirent_clear(fs, t, dir, name);
	struct stamp now = stamp_now();
	if (!err)
		err = dir_touch(fs, t, dir, now);
	return err ? err : name_gone(fs, t, d.ino, now);
}

static int remove_name(struct fs *fs, uint64_t dir, const char *name, bool want_dir)
{
	int err = name_check(name);
	if (err)
		return err;
	struct txn *t = change_begin(fs);
	return change_end(fs, t, t ? remove_one(fs, t, dir, name, want_dir) : ENOMEM);
}

#define PRESSED_TRIES 3 /* another commit may begin meanwhile */

/* remove_pressed: removing is what ends a shortage of space. While a commit runs, what it writes counts twice, on the
 * disk and as waiting, and a removal may be refused for that alone: it is tried again after it. No lock is held. */
static int remove_pressed(struct fs *fs, uint64_t dir, const char *name, bool want_dir)
{
	int err = remove_name(fs, dir, name, want_dir);
	for (unsigned tries = 0; err == ENOSPC && tries < PRESSED_TRIES; tries++) {
		err_t e = map_commit(fs->cfg.map);
		if (e)
			log_debug(AREA_FS, "no room for a removal, nor for a commit: %s", err_text(e));
		err = remove_name(fs, dir, name, want_dir);
	}
	return err;
}

int fs_unlink(struct fs *fs, uint64_t dir, const char *name)
{
	return remove_pressed(fs, dir, name, false);
}

int fs_rmdir(struct fs *fs, uint64_t dir, const char *name)
{
	if (!strcmp(name, ".."))
		return ENOTEMPTY;
	return remove_pressed(fs, dir, name, true);
}
