/* SPDX-License-Identifier: MIT */
#include "fs/names/unlinked.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/nameless.h"
#include "fs/core/node_table.h"
#include "fs/core/record.h"
#include "fs/data/content.h"
#include "fs/data/edit.h"
#include "fs/data/truncate.h"
#include "fs/meta/xattr_shown.h"
#include "fs/meta/xattr_store.h"
#include "util/log.h"
#include "vault/work/ask.h"

#include <string.h>
#include <sys/stat.h>

void leaving_free(struct leaving *l)
{
	buf_free(&l->raw);
	xattr_list_free(&l->xattrs);
	said_attrs_free(&l->times);
}

static int look(struct leaving *l, struct change *t, uint64_t ino)
{
	unsigned names = 0;
	int err = inode_edit(t->fs, t, ino, &l->in, &l->raw);
	if (err == ENOSPC) /* what is unflushed stays kept: no reason not to remove it */
		err = inode_get_txn(t, ino, &l->in, &l->raw);
	if (!err)
		err = inode_names(t->fs, ino, &names);
	if (!err)
		l->last = names == 1;
	return err;
}

int leaving_begin(struct leaving *l, struct change *t, uint64_t ino, struct timestamp now)
{
	int err = look(l, t, ino);
	if (err)
		return err;
	const struct inode before = l->in;
	l->in.ctime = now;
	err = errno_of(say_attrs(&before, &l->in, &l->times));
	if (!err && l->last && node_in_use(t->fs, ino))
		err = xattr_shown_all(t->fs, ino, &l->xattrs);
	l->begun = !err;
	return err;
}

const struct act_attrs *leaving_times(const struct leaving *l)
{
	return l->begun && !l->last ? &l->times.attrs : NULL;
}

const struct act_attrs *staying_times(const struct leaving *l)
{
	return l->begun ? &l->times.attrs : NULL;
}

int leaving_end(struct leaving *l, struct change *t)
{
	struct work_number n;
	if (!l->begun)
		return 0;
	err_t e = work_number(t->fs->cfg.work, l->in.ino, &n);
	if (e != ERR_NOTFOUND)
		return errno_of(e);
	if (!node_mark_orphan(t->fs, l->in.ino))
		return S_ISREG(l->in.mode) ? file_drop(t, &l->in) : 0;
	nameless_put(t, &l->in);
	xattr_keep(t, l->in.ino, &l->xattrs);
	return 0;
}

static err_t keep(struct fs *fs, uint64_t ino)
{
	cleanup(change_freep) struct change *t = change_new(fs);
	cleanup(buf_free) struct buf raw = BUF_INIT;
	cleanup(xattr_list_free) struct xattr_list xattrs = { 0 };
	struct inode in;
	if (!t)
		return ERR_NOMEM;
	err_t e = record_inode(fs, t, ino, &in, &raw);
	if (!e && xattr_shown_all(fs, ino, &xattrs))
		e = ERR_NOMEM;
	if (e)
		return e;
	change_use(t, MAP_CLAIMED);
	nameless_put(t, &in);
	xattr_keep(t, ino, &xattrs);
	return change_apply(t);
}

void unlinked_elsewhere(struct fs *fs, uint64_t ino)
{
	if (!node_mark_orphan(fs, ino))
		return;
	err_t e = keep(fs, ino);
	if (e && e != ERR_NOTFOUND)
		log_warn(AREA_FS, LOG_INO ": another device removed it, and it cannot be kept for its users: %s", ino,
		         err_text(e));
}

/* -- its end ----------------------------------------------------------------------------------------------------- */

/* reap: *again: the file that it is now; else 0. */
static int reap(struct fs *fs, struct change *t, uint64_t ino, uint64_t *again)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	if (node_in_use(fs, ino))
		return 0;
	err_t e = nameless_again(fs, t, ino, again);
	if (e != ERR_NOTFOUND)
		return errno_of(e ? e : nameless_drop(t, ino));
	e = nameless_inode(fs, t, ino, &in, &raw);
	if (e == ERR_NOTFOUND)
		return 0;
	if (!e && S_ISREG(in.mode))
		e = content_gone(t, &in);
	return errno_of(e ? e : nameless_drop(t, ino));
}

void unlinked_reap(struct fs *fs, uint64_t ino)
{
	struct change *t = change_begin_removal(fs);
	uint64_t again = 0;
	int err = change_end(fs, t, t ? reap(fs, t, ino, &again) : ENOMEM);
	if (!err && again)
		nodes_forget(fs, again, 1); /* that it had by the old one */
	if (err)
		log_warn(AREA_FS, LOG_INO ": removing it after its last use failed (%s); tried again at the next mount",
		         ino, strerror(err));
}

int unlinked_reap_all(struct fs *fs)
{
	struct change *t = change_begin_removal(fs);
	return change_end(fs, t, t ? errno_of(nameless_drop_all(t)) : ENOMEM);
}
