/* SPDX-License-Identifier: MIT
 * Requests on open files, other than read and write. Locks are the kernel's own; flush is not wanted: close promises
 * nothing, and space is reserved when a write is taken.
 */
#include "fs/fuse/ops_file.h"

#include "fs/fuse/ops.h"
#include "fs/fuse/ops_names.h"
#include "fs/fuse/stale.h"
#include "util/trace.h"

#include <fcntl.h>

static void fill_info(struct session *s, struct fuse_file_info *fi, uint64_t ino, struct fs_file *f)
{
	fi->fh = (uint64_t)(uintptr_t)f;
	fi->keep_cache = fs_cache_valid(s->fs, ino);
	fi->noflush = 1;
}

/* let_go: the kernel does not have it any more. */
static void let_go(struct session *s, struct fs_file *f)
{
	fs_file_close(s->fs, f);
	s->open--;
}

static bool writes(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	begin_request("open", ino);
	if (writes(fi->flags) && refused(req))
		return;
	struct session *s = session_of(req);
	struct fs_file *f;
	int err = fs_file_open(s->fs, ino, fi->flags, &f);
	if (err) {
		fuse_reply_err(req, err);
		return;
	}
	if (fi->flags & O_TRUNC)
		stale_changed(req, ino);
	fill_info(s, fi, ino, f);
	s->open++;
	if (fuse_reply_open(req, fi) == -ENOENT)
		let_go(s, f);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	begin_request("create", parent);
	if (refused(req))
		return;
	struct session *s = session_of(req);
	struct fs_caller who = caller_of(req);
	struct fs_file *f;
	struct stat st;
	int err = fs_create(s->fs, &who, &(struct fs_new){ parent, name, mode }, fi->flags, &st, &f);
	if (err) { /* ESTALE: another device made it meanwhile: the kernel looks again and opens what is there */
		fuse_reply_err(req, err == EEXIST && !(fi->flags & O_EXCL) ? ESTALE : err);
		return;
	}
	stale_attr(req, parent);
	stale_changed(req, st.st_ino);
	struct fuse_entry_param e = entry_of(&st, TIMEOUT_FOREVER);
	fill_info(s, fi, st.st_ino, f);
	s->open++;
	if (fuse_reply_create(req, &e, fi) == -ENOENT) {
		let_go(s, f);
		fs_forget(s->fs, st.st_ino, 1);
	}
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	begin_request("release", ino);
	let_go(session_of(req), file_of(fi));
	fuse_reply_err(req, 0);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	begin_request("fsync", ino);
	(void)datasync;
	(void)fi;
	TRACE(fsync_begin, ino);
	int err = fs_fsync(session_of(req)->fs, ino);
	TRACE(fsync_end, ino, err);
	fuse_reply_err(req, err);
}

static void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len, struct fuse_file_info *fi)
{
	begin_request("fallocate", ino);
	int err = off < 0 || len <= 0
	                  ? EINVAL
	                  : fs_fallocate(session_of(req)->fs, file_of(fi), mode, (uint64_t)off, (uint64_t)len);
	if (!err)
		stale_attr(req, ino);
	fuse_reply_err(req, err);
}

static void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi)
{
	begin_request("lseek", ino);
	off_t at;
	int err = fs_lseek(session_of(req)->fs, file_of(fi), off, whence, &at);
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_lseek(req, at);
}

void ops_file(struct fuse_lowlevel_ops *ops)
{
	ops->open = op_open;
	ops->create = op_create;
	ops->release = op_release;
	ops->fsync = op_fsync;
	ops->fallocate = op_fallocate;
	ops->lseek = op_lseek;
}
