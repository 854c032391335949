/* SPDX-License-Identifier: MIT
 * Requests on attributes and xattrs, and statfs.
 */
#include "fs/fuse/ops_attr.h"

#include "fs/fuse/ops.h"
#include "fs/fuse/stale.h"

#include <string.h>

static void reply_attr(fuse_req_t req, int err, const struct stat *st, double timeout)
{
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_attr(req, st, timeout);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	begin_request("getattr", ino);
	(void)fi;
	struct stat st;
	int err = fs_getattr(session_of(req)->fs, ino, &st);
	reply_attr(req, err, &st, err ? 0 : stale_timeout(req, &st));
}

static unsigned set_of(int to_set)
{
	static const struct {
		int fuse;
		unsigned fs;
	} map[] = {
		{ FUSE_SET_ATTR_MODE, FS_SET_MODE },
		{ FUSE_SET_ATTR_UID, FS_SET_UID },
		{ FUSE_SET_ATTR_GID, FS_SET_GID },
		{ FUSE_SET_ATTR_SIZE, FS_SET_SIZE },
		{ FUSE_SET_ATTR_ATIME, FS_SET_ATIME },
		{ FUSE_SET_ATTR_MTIME, FS_SET_MTIME },
		{ FUSE_SET_ATTR_ATIME_NOW, FS_SET_ATIME_NOW },
		{ FUSE_SET_ATTR_MTIME_NOW, FS_SET_MTIME_NOW },
		{ FUSE_SET_ATTR_CTIME, FS_SET_CTIME },
		{ FUSE_SET_ATTR_KILL_SUID, FS_KILL_SUID },
		{ FUSE_SET_ATTR_KILL_SGID, FS_KILL_SUID },
	};
	unsigned set = 0;
	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (to_set & map[i].fuse)
			set |= map[i].fs;
	return set;
}

#define USER_GROUPS_MAX 65536 /* the kernel's NGROUPS_MAX */

/* add_groups: supplementary groups, which the kernel does not send; none when they cannot be read. Free `*ret`. */
static void add_groups(fuse_req_t req, struct fs_caller *who, gid_t **ret)
{
	if (!who->uid)
		return;
	int n = fuse_req_getgroups(req, 0, NULL);
	if (n <= 0 || n > USER_GROUPS_MAX)
		return;
	*ret = malloc((size_t)n * sizeof(gid_t));
	if (!*ret)
		return;
	int got = fuse_req_getgroups(req, n, *ret);
	who->groups = *ret;
	who->ngroups = got > 0 ? (size_t)MIN(got, n) : 0;
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *want, int to_set, struct fuse_file_info *fi)
{
	begin_request("setattr", ino);
	if (!fi && refused(req))
		return;
	struct fs_caller who = caller_of(req);
	cleanup_free gid_t *groups = NULL;
	if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		add_groups(req, &who, &groups);
	struct stat st;
	int err = fs_setattr(session_of(req)->fs, &who, ino, want, set_of(to_set), &st);
	if (!err)
		stale_changed(req, ino);
	reply_attr(req, err, &st, TIMEOUT_FOREVER);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	begin_request("statfs", ino);
	struct statvfs sv;
	int err = fs_statfs(session_of(req)->fs, &sv);
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_statfs(req, &sv);
}

/* reply_xattr: size 0 asks for the length only. */
static void reply_xattr(fuse_req_t req, int err, const struct buf *b, size_t size)
{
	if (err)
		fuse_reply_err(req, err);
	else if (!size)
		fuse_reply_xattr(req, b->len);
	else if (b->len > size)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, (const char *)b->p, b->len);
}

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	begin_request("getxattr", ino);
	cleanup(buf_free) struct buf b = BUF_INIT;
	int err = fs_getxattr(session_of(req)->fs, ino, name, &b);
	reply_xattr(req, err, &b, size);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	begin_request("listxattr", ino);
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct fs_caller who = caller_of(req);
	int err = fs_listxattr(session_of(req)->fs, &who, ino, &b);
	reply_xattr(req, err, &b, size);
}

/* reply_xattr_changed: its ctime did, and its mode if it was an ACL. */
static void reply_xattr_changed(fuse_req_t req, fuse_ino_t ino, int err)
{
	if (!err)
		stale_attr(req, ino);
	fuse_reply_err(req, err);
}

static void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size, int flags)
{
	begin_request("setxattr", ino);
	if (refused(req))
		return;
	struct fs_caller who = caller_of(req);
	cleanup_free gid_t *groups = NULL;
	if (!strncmp(name, "system.posix_acl_", strlen("system.posix_acl_")))
		add_groups(req, &who, &groups);
	reply_xattr_changed(req, ino, fs_setxattr(session_of(req)->fs, &who, ino, name, SPAN(value, size), flags));
}

static void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	begin_request("removexattr", ino);
	if (refused(req))
		return;
	reply_xattr_changed(req, ino, fs_removexattr(session_of(req)->fs, ino, name));
}

void ops_attr(struct fuse_lowlevel_ops *ops)
{
	ops->getattr = op_getattr;
	ops->setattr = op_setattr;
	ops->statfs = op_statfs;
	ops->getxattr = op_getxattr;
	ops->listxattr = op_listxattr;
	ops->setxattr = op_setxattr;
	ops->removexattr = op_removexattr;
}
