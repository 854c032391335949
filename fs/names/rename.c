/* SPDX-License-Identifier: MIT */
#include "fs/names/rename.h"

#include "fs/core/change.h"
#include "fs/core/fs_state.h"
#include "fs/core/name.h"
#include "fs/core/path.h"
#include "fs/core/pin_mark.h"
#include "fs/core/stamp.h"
#include "fs/data/edit.h"
#include "fs/names/dir.h"
#include "fs/names/dirent.h"
#include "fs/names/moved.h"
#include "fs/names/unlink.h"
#include "vault/act/spot.h"

#include <linux/fs.h>
#include <string.h>
#include <sys/stat.h>

struct move {
	uint64_t dir, to_dir;
	const char *name, *to_name;
	struct dirent_rec from, to;
	bool to_there, exchange;
};

/* inside: whether directory `dir` is `top` or lies below it. */
static int inside(struct fs *fs, uint64_t dir, uint64_t top, bool *ret)
{
	*ret = false;
	for (unsigned depth = 0; depth < TREE_DEPTH_MAX; depth++) {
		if (dir == top) {
			*ret = true;
			return 0;
		}
		if (dir == INO_ROOT)
			return 0;
		int err = dir_parent(fs, dir, &dir);
		if (err)
			return err;
	}
	return ELOOP;
}

static int cycle_check(struct fs *fs, const struct move *m)
{
	bool cycle = false;
	int err = 0;
	if (m->dir == m->to_dir)
		return 0;
	if (S_ISDIR(m->from.type))
		err = inside(fs, m->to_dir, m->from.ino, &cycle);
	if (!err && !cycle && m->exchange && S_ISDIR(m->to.type))
		err = inside(fs, m->dir, m->to.ino, &cycle);
	if (err)
		return err;
	return cycle ? EINVAL : 0;
}

static int replace_check(struct fs *fs, const struct move *m)
{
	if (S_ISDIR(m->from.type) && !S_ISDIR(m->to.type))
		return ENOTDIR;
	if (!S_ISDIR(m->from.type) && S_ISDIR(m->to.type))
		return EISDIR;
	return S_ISDIR(m->to.type) ? dir_empty(fs, m->to.ino) : 0;
}

static int look(struct fs *fs, struct change *t, struct move *m, unsigned flags)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int err = dir_edit(fs, t, m->dir, &in, &raw);
	if (!err)
		err = dir_edit(fs, t, m->to_dir, &in, &raw);
	if (!err)
		err = dirent_find(fs, t, m->dir, m->name, &m->from);
	if (err)
		return err;
	err = dirent_find(fs, t, m->to_dir, m->to_name, &m->to);
	if (err && err != ENOENT)
		return err;
	m->to_there = !err;
	if (m->to_there && flags & RENAME_NOREPLACE)
		return EEXIST;
	if (!m->to_there && m->exchange)
		return ENOENT;
	return cycle_check(fs, m);
}

static int exchange(struct fs *fs, struct change *t, const struct move *m, struct timestamp now)
{
	int err = dirent_set(fs, t, m->dir, m->name, m->to.ino, m->to.type);
	if (!err)
		err = dirent_set(fs, t, m->to_dir, m->to_name, m->from.ino, m->from.type);
	return err ? err : inode_touch(fs, t, m->to.ino, now);
}

static int replace(struct fs *fs, struct change *t, const struct move *m, struct timestamp now)
{
	int err = m->to_there ? replace_check(fs, m) : 0;
	if (!err)
		err = dirent_clear(fs, t, m->dir, m->name);
	if (!err)
		err = dirent_set(fs, t, m->to_dir, m->to_name, m->from.ino, m->from.type);
	return err || !m->to_there ? err : name_gone(fs, t, m->to.ino, now);
}

static int rename_one(struct fs *fs, struct change *t, struct move *m, unsigned flags)
{
	const struct spot from = { m->dir, spot_name(span_str(m->name)) };
	const struct spot to = { m->to_dir, spot_name(span_str(m->to_name)) };
	if (!t->txn)
		return moved_shown(t, &from, &to, flags);
	int err = look(fs, t, m, flags);
	if (err)
		return err;
	if (m->to_there && m->to.ino == m->from.ino)
		return 0; /* two names of one inode, or the same name: POSIX says do nothing */
	struct timestamp now = stamp_now();
	err = m->exchange ? exchange(fs, t, m, now) : replace(fs, t, m, now);
	if (!err)
		err = inode_touch(fs, t, m->from.ino, now);
	if (!err)
		err = dir_touch(t, m->dir, now);
	if (!err && m->to_dir != m->dir)
		err = dir_touch(t, m->to_dir, now);
	return err;
}

/* flags_ok: an exchange is one alone; format 1 leaves no whiteouts. */
static bool flags_ok(const struct fs *fs, unsigned flags)
{
	unsigned others = fs->cfg.format == VAULT_FORMAT_2 ? RENAME_NOREPLACE | RENAME_WHITEOUT : RENAME_NOREPLACE;
	return flags == RENAME_EXCHANGE || !(flags & ~others);
}

int fs_rename(struct fs *fs, uint64_t dir, const char *name, uint64_t to_dir, const char *to_name, unsigned flags)
{
	struct move m = { dir, to_dir, name, to_name, .exchange = flags & RENAME_EXCHANGE };
	if (!flags_ok(fs, flags))
		return EINVAL;
	int err = name_check(name);
	if (!err)
		err = name_check(to_name);
	if (err)
		return err == EINVAL ? EBUSY : err; /* "." and ".." */
	struct change *t = change_begin(fs);
	err = change_end(fs, t, t ? rename_one(fs, t, &m, flags) : ENOMEM);
	if (!err && dir != to_dir) {
		pin_wake_under(fs, to_dir);
		if (m.exchange)
			pin_wake_under(fs, dir);
	}
	return err;
}
