/* SPDX-License-Identifier: MIT */
#include "fs/names/unlinked.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/nameless.h"
#include "fs/core/node_table.h"
#include "fs/core/shown.h"
#include "fs/data/content.h"
#include "fs/data/edit.h"
#include "fs/meta/xattr_shown.h"
#include "fs/meta/xattr_store.h"
#include "fs/residency/reclaim.h"
#include "util/log.h"
#include "vault/work/ask.h"
#include "vault/work/parted.h"

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

/* leave: it is shown no more. Contents go with what is surely not published; those of all others are a commit's, or go
 * before it is closed (unlinked_forget). */
static err_t leave(const struct leaving *l, struct change *t)
{
	bool dropped = false;
	err_t e = S_ISDIR(l->in.mode) ? ERR_OK
	                              : unborn_drop(t->op.act, work_recorded(t->fs->cfg.work, l->in.ino), &dropped);
	if (node_mark_orphan(t->fs, l->in.ino)) {
		nameless_put(t, &l->in);
		xattr_keep(t, l->in.ino, &l->xattrs);
		if (!e && dropped)
			content_alone(t, &l->in);
		return e;
	}
	return !e && dropped && S_ISREG(l->in.mode) ? content_release(t, &l->in) : e;
}

int leaving_end(struct leaving *l, struct change *t)
{
	struct work_number n;
	if (!l->begun)
		return 0;
	err_t e = work_number(t->fs->cfg.work, l->in.ino, &n);
	return errno_of(e == ERR_NOTFOUND ? leave(l, t) : e);
}

/* keep: as it is shown, before others' removal of it is applied. */
static err_t keep(struct change *t, uint64_t ino)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	cleanup(xattr_list_free) struct xattr_list xattrs = { 0 };
	struct inode in;
	err_t e = shown_inode(t->fs, ino, &in, &raw);
	if (e)
		return e;
	nameless_put(t, &in);
	int err = xattr_shown_all(t->fs, ino, &xattrs);
	if (err == ENOMEM)
		return ERR_NOMEM;
	if (err) /* what is written counts for more */
		log_warn(AREA_FS, LOG_INO ": extended attributes are not kept for its users: %s", ino, strerror(err));
	else
		xattr_keep(t, ino, &xattrs);
	return ERR_OK;
}

err_t unlinked_keep(struct fs *fs, uint64_t ino, struct batch *b)
{
	cleanup(change_freep) struct change *t = NULL;
	if (!node_in_use(fs, ino))
		return ERR_OK;
	t = change_new(fs);
	err_t e = t ? keep(t, ino) : ERR_NOMEM;
	if (!e)
		e = change_local_into(t, b);
	if (e && e != ERR_NOTFOUND) /* it was not shown before either */
		log_warn(AREA_FS, LOG_INO ": another device removed it, and it cannot be kept for its users: %s", ino,
		         err_text(e));
	return e == ERR_NOTFOUND || e == ERR_DAMAGED ? ERR_OK : e; /* damage will not be over at the next try */
}

void unlinked_elsewhere(struct fs *fs, uint64_t ino)
{
	if (node_mark_elsewhere(fs, ino))
		return;
	/* who went meanwhile left a record, which goes as that of a user does */
	struct node *n = node_acquire(fs, ino);
	if (!n)
		return; /* at the next fs_open */
	(void)node_mark_elsewhere(fs, ino);
	node_unref(fs, n);
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
	return errno_of(e && e != ERR_DAMAGED ? e : nameless_drop(t, ino));
}

void unlinked_reap(struct fs *fs, uint64_t ino)
{
	struct change *t = change_begin_removal(fs);
	uint64_t again = 0;
	const bool parted = parted_any(fs->cfg.work);
	int err = change_end(fs, t, t ? reap(fs, t, ino, &again) : ENOMEM);
	if (!err && again)
		nodes_forget(fs, again, 1); /* that it had by the old one */
	if (parted) {                       /* rare: else each file that is removed would cost the lock twice */
		ns_wrlock(fs);
		parted_forget(fs->cfg.work);
		ns_unlock(fs);
	}
	if (err)
		log_warn(AREA_FS, LOG_INO ": removing it after its last use failed (%s); tried again at the next mount",
		         ino, strerror(err));
}

int unlinked_reap_all(struct fs *fs)
{
	cleanup(buf_free) struct buf inos = BUF_INIT;
	err_t e = nameless_list(fs, &inos);
	for (size_t i = 0; !e && i + 8 <= inos.len; i += 8) {
		uint64_t ino;
		memcpy(&ino, inos.p + i, sizeof(ino));
		unlinked_reap(fs, ino);
	}
	return errno_of(e);
}

/* -- before a close ---------------------------------------------------------------------------------------------- */

/* forgotten: its contents go with it, unless somebody uses it here. */
static err_t forgotten(void *ctx, uint64_t ino)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct change *t = ctx;
	struct inode in;
	if (node_in_use(t->fs, ino))
		return ERR_OK;
	err_t e = recorded_inode(t->fs, ino, &in, &raw);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	return !e && S_ISREG(in.mode) ? content_forget(t, &in) : e;
}

err_t unlinked_forget(void *ctx)
{
	cleanup(change_freep) struct change *t = change_new(ctx);
	const struct unborn_told told = { forgotten, t };
	struct act *a;
	err_t e = t ? change_act(t, &a) : ERR_NOMEM;
	if (!e)
		e = work_forget(&t->op, &told);
	if (!e)
		e = reclaim_before_close(t);
	if (e)
		return e;
	change_use(t, MAP_CLAIMED); /* it makes room */
	return change_apply(t);
}
