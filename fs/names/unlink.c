/* SPDX-License-Identifier: MIT */
#include "fs/names/unlink.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/name.h"
#include "fs/core/stamp.h"
#include "fs/data/edit.h"
#include "fs/names/dir.h"
#include "fs/names/dirent.h"
#include "fs/names/orphan.h"
#include "fs/names/removed.h"
#include "util/log.h"

#include <string.h>
#include <sys/stat.h>

int name_gone(struct fs *fs, struct change *t, uint64_t ino, struct timestamp now)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	struct count_rec counts;
	int err = inode_edit(fs, t, ino, &in, &raw);
	if (err == ENOSPC) /* what is unflushed stays kept: no reason not to remove it */
		err = inode_get_txn(t, ino, &in, &raw);
	if (err == ENOENT)
		return 0; /* an entry without its inode: only the entry goes */
	if (!err)
		err = inode_counts(fs, ino, &counts);
	if (err)
		return err;
	const struct inode before = in;
	in.ctime = now;
	inode_store(t, &before, &in);
	return counts.names > 1 ? 0 : orphan_made(fs, t, &in);
}

static int remove_one(struct fs *fs, struct change *t, uint64_t dir, const char *name, bool want_dir)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode parent;
	struct dirent_rec d;
	if (!t->txn)
		return removed_shown(t, dir, name, want_dir);
	int err = dir_edit(fs, t, dir, &parent, &raw);
	if (!err)
		err = dirent_find(fs, t, dir, name, &d);
	if (!err && S_ISDIR(d.type) != want_dir)
		err = want_dir ? ENOTDIR : EISDIR;
	if (!err && want_dir)
		err = dir_empty(fs, d.ino);
	if (!err)
		err = dirent_clear(fs, t, dir, name);
	struct timestamp now = stamp_now();
	if (!err)
		err = dir_touch(t, dir, now);
	return err ? err : name_gone(fs, t, d.ino, now);
}

static int remove_name(struct fs *fs, uint64_t dir, const char *name, bool want_dir)
{
	int err = name_check(name);
	if (err)
		return err;
	struct change *t = change_begin_removal(fs);
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
