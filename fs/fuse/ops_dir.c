/* SPDX-License-Identifier: MIT
 * Requests on open directories. There is no state in one; they are counted (session_unmount).
 *
 * The kernel may not keep what was read (no cache_readdir; nor may opendir be answered by ENOSYS, which says that it
 * may). It sees by the directory's version that a list is old only when a reader begins. One that began while the list
 * was being made, after a change that the list has not, asks us first and is given the rest out of the list once that
 * is complete: a name that was made before the listing began is missing, or one that was removed is there.
 */
#include "fs/fuse/ops_dir.h"

#include "fs/fuse/ops.h"
#include "fs/fuse/ops_names.h"
#include "fs/fuse/stale.h"

#include <string.h>

struct filling {
	fuse_req_t req;
	char *buf;
	size_t size, used;
	bool plus;
};

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static bool fill(void *ctx, const char *name, const struct stat *st, uint64_t next)
{
	struct filling *f = ctx;
	char *at = f->buf + f->used;
	size_t left = f->size - f->used, need;
	if (f->plus) {
		struct fuse_entry_param e = entry_of(st, stale_timeout(f->req, st));
		if (is_dots(name) || !st->st_nlink)
			e.ino = 0; /* no attributes and no lookup reference go with these */
		need = fuse_add_direntry_plus(f->req, at, left, name, &e, (off_t)next);
	} else {
		need = fuse_add_direntry(f->req, at, left, name, st, (off_t)next);
	}
	if (need > left)
		return false;
	f->used += need;
	return true;
}

static void read_dir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
	struct filling f = { .req = req, .size = MIN(size, REPLY_MAX), .plus = plus };
	cleanup_free char *buf = malloc(f.size);
	f.buf = buf;
	int err = buf ? fs_readdir(session_of(req)->fs, ino, (uint64_t)off, plus, fill, &f) : ENOMEM;
	if (err && !f.used)
		fuse_reply_err(req, err);
	else /* what was read before an error counts; the error comes again with the next request */
		fuse_reply_buf(req, f.buf, f.used);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	begin_request("readdir", ino);
	(void)fi;
	read_dir(req, ino, size, off, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	begin_request("readdirplus", ino);
	(void)fi;
	read_dir(req, ino, size, off, true);
}

static void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	begin_request("fsyncdir", ino);
	(void)datasync;
	(void)fi;
	fuse_reply_err(req, fs_fsync(session_of(req)->fs, ino));
}

/* op_opendir, op_releasedir: as without them; who has one open uses the mount. */
static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	begin_request("opendir", ino);
	struct session *s = session_of(req);
	s->open++;
	if (fuse_reply_open(req, fi) == -ENOENT)
		s->open--;
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	begin_request("releasedir", ino);
	(void)fi;
	session_of(req)->open--;
	fuse_reply_err(req, 0);
}

void ops_dir(struct fuse_lowlevel_ops *ops)
{
	ops->opendir = op_opendir;
	ops->releasedir = op_releasedir;
	ops->readdir = op_readdir;
	ops->readdirplus = op_readdirplus;
	ops->fsyncdir = op_fsyncdir;
}
