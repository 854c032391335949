/* SPDX-License-Identifier: MIT */
#include "fs/meta/xattr.h"

#include "fs/core/change.h"
#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/pressed.h"
#include "fs/core/stamp.h"
#include "fs/core/xattr_rec.h"
#include "fs/data/edit.h"
#include "fs/meta/acl.h"
#include "fs/meta/setid.h"
#include "fs/meta/xattr_store.h"
#include "fs/residency/space.h"

#include <linux/limits.h>
#include <string.h>
#include <sys/stat.h>

/* xname_check: EOPNOTSUPP for a class of names that is not kept. */
static int xname_check(const char *name)
{
	static const char *const classes[] = { "user.", "trusted.", "security." };
	size_t n = strnlen(name, NAME_LEN_MAX + 1);
	if (!n || n > NAME_LEN_MAX)
		return ERANGE;
	if (!strcmp(name, ACL_ACCESS) || !strcmp(name, ACL_DEFAULT))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (!strncmp(name, classes[i], strlen(classes[i])))
			return name[strlen(classes[i])] ? 0 : EINVAL;
	return EOPNOTSUPP;
}

/* xname_ours: computed when it is asked for, in no list (so no copy carries it along), and nobody's to write. */
static bool xname_ours(const char *name)
{
	return !strncmp(name, "user.cloudseal.", strlen("user.cloudseal."));
}

/* get_access: the access ACL is a part of the inode. */
static int get_access(struct fs *fs, uint64_t ino, struct buf *out)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int err = inode_get(fs, ino, &in, &raw);
	if (err)
		return err;
	buf_clear(out);
	buf_put(out, in.acl.p, in.acl.len);
	return in.acl.len ? errno_of(buf_ok(out)) : ENODATA;
}

int fs_getxattr(struct fs *fs, uint64_t ino, const char *name, struct buf *out)
{
	int err = xname_check(name);
	if (!err && xname_ours(name))
		return strcmp(name, STATE_XATTR) != 0 ? ENODATA : space_state_text(fs, ino, out);
	if (err)
		return err;
	ns_guard_read(fs);
	return !strcmp(name, ACL_ACCESS) ? get_access(fs, ino, out) : xattr_get(fs, NULL, ino, name, out);
}

struct listing {
	struct buf *out;
	bool trusted; /* names only root may see are wanted */
};

static bool shown(const struct listing *l, struct span name)
{
	static const char hidden[] = "trusted.";
	size_t n = sizeof(hidden) - 1;
	return l->trusted || name.len < n || memcmp(name.p, hidden, n) != 0;
}

static int list_one(void *ctx, struct span name)
{
	struct listing *l = ctx;
	if (shown(l, name)) {
		buf_put(l->out, name.p, name.len);
		buf_u8(l->out, 0);
	}
	return errno_of(buf_ok(l->out));
}

/* list_access: the one that is no record of its own. */
static int list_access(struct fs *fs, uint64_t ino, struct listing *l)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	int err = get_access(fs, ino, &value);
	if (err)
		return err == ENODATA || err == ENOENT ? 0 : err;
	return list_one(l, span_str(ACL_ACCESS));
}

int fs_listxattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, struct buf *out)
{
	struct listing l = { out, who->uid == 0 };
	buf_clear(out);
	ns_guard_read(fs);
	int err = list_access(fs, ino, &l);
	return err ? err : xattr_each(fs, ino, list_one, &l);
}

struct setting { /* of one attribute */
	const char *name;
	struct span value;
	int flags;
};

/* set_access: mode and ACL are one thing; an ACL that says no more than the mode is not kept. */
static int set_access(struct fs *fs, struct change *t, const struct fs_caller *who, struct inode *in,
                      const struct setting *x)
{
	bool minimal;
	int err = acl_mode(x->value, &in->mode, &minimal);
	if (!err)
		setid_outsider(fs, who, in, in->gid);
	if (err || !minimal)
		return err ? err : acl_set_access(t, in, x->value, x->flags);
	err = acl_clear_access(in);
	return err == ENODATA ? 0 : err;
}

/* may_set: this sort of attribute, with this value, on this sort of inode. */
static int may_set(const struct inode *in, const struct setting *x)
{
	bool is_access = !strcmp(x->name, ACL_ACCESS), is_default = !strcmp(x->name, ACL_DEFAULT);
	if ((is_access || is_default) && S_ISLNK(in->mode))
		return EOPNOTSUPP;
	if (is_default && !S_ISDIR(in->mode))
		return EACCES;
	return is_default ? acl_check(x->value) : 0;
}

static int set_one(struct fs *fs, struct change *t, const struct fs_caller *who, uint64_t ino, const struct setting *x)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int err = inode_edit(fs, t, ino, &in, &raw);
	if (err)
		return err;
	const struct inode before = in;
	err = may_set(&in, x);
	if (!err && !strcmp(x->name, ACL_ACCESS))
		err = set_access(fs, t, who, &in, x);
	else if (!err)
		err = xattr_set(fs, t, ino, x->name, x->value, x->flags);
	if (err)
		return err;
	in.ctime = stamp_now();
	inode_store(t, &before, &in);
	return 0;
}

int fs_setxattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, const char *name, struct span value,
                int flags)
{
	const struct setting x = { name, value, flags };
	int err = xname_check(name);
	if (!err && value.len > XATTR_SIZE_MAX)
		err = E2BIG;
	if (!err && xname_ours(name))
		err = EPERM;
	if (err)
		return err;
	unsigned tries = 0;
	do {
		struct change *t = change_begin(fs);
		err = change_end(fs, t, t ? set_one(fs, t, who, ino, &x) : ENOMEM);
	} while (pressed_again(fs, &tries, err));
	return err;
}

static int remove_one(struct fs *fs, struct change *t, uint64_t ino, const char *name)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int err = inode_edit(fs, t, ino, &in, &raw);
	if (err)
		return err;
	const struct inode before = in;
	err = strcmp(name, ACL_ACCESS) != 0 ? xattr_clear(fs, t, ino, name) : acl_clear_access(&in);
	if (err)
		return err;
	in.ctime = stamp_now();
	inode_store(t, &before, &in);
	return 0;
}

int fs_removexattr(struct fs *fs, uint64_t ino, const char *name)
{
	int err = xname_check(name);
	if (err)
		return err;
	unsigned tries = 0;
	do {
		struct change *t = change_begin(fs);
		err = change_end(fs, t, t ? remove_one(fs, t, ino, name) : ENOMEM);
	} while (pressed_again(fs, &tries, err));
	return err;
}
