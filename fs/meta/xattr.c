/* SPDX-License-Identifier: MIT */
#include "fs/meta/xattr.h"

#include "fs/core/change.h"
#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/stamp.h"
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

int fs_getxattr(struct fs *fs, uint64_t ino, const char *name, struct buf *out)
{
	int err = xname_check(name);
	if (!err && xname_ours(name))
		return strcmp(name, STATE_XATTR) != 0 ? ENODATA : space_state_text(fs, ino, out);
	if (err)
		return err;
	ns_guard_read(fs);
	return xattr_get(fs, NULL, ino, name, out);
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

static int list_record(void *ctx, struct span key, struct span value)
{
	(void)key;
	struct listing *l = ctx;
	struct buf *out = l->out;
	struct xattr_rec list[DIRENT_TIES_MAX];
	size_t n;
	err_t e = value.p ? xattr_decode(value, list, &n) : ERR_DAMAGED;
	if (e)
		return (int)e;
	for (size_t i = 0; i < n; i++) {
		if (!shown(l, list[i].name))
			continue;
		buf_put(out, list[i].name.p, list[i].name.len);
		buf_u8(out, 0);
	}
	return out->failed ? (int)ERR_NOMEM : 0;
}

int fs_listxattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, struct buf *out)
{
	struct listing l = { out, who->uid == 0 };
	struct rkey k = key_ino(REC_XATTR, ino);
	buf_clear(out);
	ns_guard_read(fs);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), list_record, &l);
	return errno_of(damage_check(fs, e, ino, NULL, "an extended attribute"));
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
		return err ? err : xattr_set(fs, t, in->ino, ACL_ACCESS, x->value, x->flags);
	err = xattr_clear(fs, t, in->ino, ACL_ACCESS);
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
	struct change *t = change_begin(fs);
	return change_end(fs, t, t ? set_one(fs, t, who, ino, &x) : ENOMEM);
}

static int remove_one(struct fs *fs, struct change *t, uint64_t ino, const char *name)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int err = xattr_clear(fs, t, ino, name);
	if (!err)
		err = inode_edit(fs, t, ino, &in, &raw);
	if (err)
		return err;
	const struct inode before = in;
	in.ctime = stamp_now();
	inode_store(t, &before, &in);
	return 0;
}

int fs_removexattr(struct fs *fs, uint64_t ino, const char *name)
{
	int err = xname_check(name);
	if (err)
		return err;
	struct change *t = change_begin(fs);
	return change_end(fs, t, t ? remove_one(fs, t, ino, name) : ENOMEM);
}
