/* SPDX-License-Identifier: MIT
 * Requests on names.
 */
#include "fs/fuse/ops_names.h"

#include "fs/fuse/stale.h"

struct fuse_entry_param entry_of(const struct stat *st, double attr_timeout)
{
	return (struct fuse_entry_param){
		.ino = st->st_ino,
		.attr = *st,
		.attr_timeout = attr_timeout,
		.entry_timeout = TIMEOUT_FOREVER,
	};
}

/* reply_entry: the lookup reference goes back when the kernel does not take the answer. */
static void reply_entry(fuse_req_t req, int err, const struct stat *st, double attr_timeout)
{
	struct session *s = session_of(req);
	if (err) {
		fuse_reply_err(req, err);
		return;
	}
	struct fuse_entry_param e = entry_of(st, attr_timeout);
	if (fuse_reply_entry(req, &e) == -ENOENT) /* interrupted: the kernel does not know it */
		fs_forget(s->fs, st->st_ino, 1);
}

/* reply_made: of a new name in `parent`. */
static void reply_made(fuse_req_t req, fuse_ino_t parent, int err, const struct stat *st)
{
	if (!err) {
		stale_attr(req, parent);
		stale_changed(req, st->st_ino);
	}
	reply_entry(req, err, st, TIMEOUT_FOREVER);
}

/* reply_removed: of a name that went from `parent`. */
static void reply_removed(fuse_req_t req, fuse_ino_t parent, int err)
{
	if (!err)
		stale_attr(req, parent);
	fuse_reply_err(req, err);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	begin_request("lookup", parent);
	struct stat st;
	int err = fs_lookup(session_of(req)->fs, parent, name, &st);
	if (err == ENOENT) { /* the kernel remembers that there is none; a remote create is notified */
		struct fuse_entry_param none = { .entry_timeout = TIMEOUT_FOREVER };
		fuse_reply_entry(req, &none);
		return;
	}
	reply_entry(req, err, &st, err ? 0 : stale_timeout(req, &st));
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	begin_request("forget", ino);
	fs_forget(session_of(req)->fs, ino, nlookup);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *list)
{
	begin_request("forget", count ? list[0].ino : 0);
	for (size_t i = 0; i < count; i++)
		fs_forget(session_of(req)->fs, list[i].ino, list[i].nlookup);
	fuse_reply_none(req);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	begin_request("readlink", ino);
	cleanup(buf_free) struct buf target = BUF_INIT;
	int err = fs_readlink(session_of(req)->fs, ino, &target);
	if (!err) {
		buf_u8(&target, 0);
		err = target.failed ? ENOMEM : 0;
	}
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_readlink(req, (const char *)target.p);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	begin_request("mknod", parent);
	if (refused(req))
		return;
	struct fs_caller who = caller_of(req);
	struct stat st;
	reply_made(req, parent, fs_mknod(session_of(req)->fs, &who, &(struct fs_new){ parent, name, mode, rdev }, &st),
	           &st);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	begin_request("mkdir", parent);
	if (refused(req))
		return;
	struct fs_caller who = caller_of(req);
	struct stat st;
	reply_made(req, parent, fs_mkdir(session_of(req)->fs, &who, parent, name, mode, &st), &st);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	begin_request("symlink", parent);
	if (refused(req))
		return;
	struct fs_caller who = caller_of(req);
	struct stat st;
	reply_made(req, parent, fs_symlink(session_of(req)->fs, &who, target, parent, name, &st), &st);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	begin_request("link", ino);
	if (refused(req))
		return;
	struct stat st;
	reply_made(req, parent, fs_link(session_of(req)->fs, ino, parent, name, &st), &st);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	begin_request("unlink", parent);
	if (refused(req))
		return;
	reply_removed(req, parent, fs_unlink(session_of(req)->fs, parent, name));
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	begin_request("rmdir", parent);
	if (refused(req))
		return;
	reply_removed(req, parent, fs_rmdir(session_of(req)->fs, parent, name));
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to, const char *to_name,
                      unsigned flags)
{
	begin_request("rename", parent);
	if (refused(req))
		return;
	int err = fs_rename(session_of(req)->fs, parent, name, to, to_name, flags);
	if (!err) {
		stale_attr(req, to);
		stale_entry(req, to, to_name);
		if (flags) /* exchanged: or there is none */
			stale_entry(req, parent, name);
	}
	reply_removed(req, parent, err);
}

void ops_names(struct fuse_lowlevel_ops *ops)
{
	ops->lookup = op_lookup;
	ops->forget = op_forget;
	ops->forget_multi = op_forget_multi;
	ops->readlink = op_readlink;
	ops->mknod = op_mknod;
	ops->mkdir = op_mkdir;
	ops->symlink = op_symlink;
	ops->link = op_link;
	ops->unlink = op_unlink;
	ops->rmdir = op_rmdir;
	ops->rename = op_rename;
}
