/* SPDX-License-Identifier: MIT */
#include "fs/names/made.h"

#include "fs/core/errno_of.h"
#include "fs/core/file.h"
#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/core/say.h"
#include "fs/core/shown.h"
#include "fs/core/stamp.h"
#include "fs/data/stat.h"
#include "fs/meta/acl.h"
#include "fs/meta/xattr_shown.h"
#include "fs/names/dir.h"
#include "fs/names/dir_said.h"
#include "vault/act/names.h"
#include "vault/act/spot.h"

#include <string.h>

/* fill: the inode, but for its number and what the directory's default ACL says. */
static int fill(struct fs *fs, const struct made *m, const struct inode *parent, struct inode *in)
{
	struct {
		struct id birth, version;
		uint8_t key[32];
	} rnd;
	err_t e = crypto_random(&rnd, sizeof(rnd));
	if (e)
		return errno_of(e);
	*in = (struct inode){
		.mode = m->mode,
		.uid = m->who->uid == fs->cfg.uid ? OWNER_SELF : m->who->uid,
		.gid = m->who->gid == fs->cfg.gid ? OWNER_SELF : m->who->gid,
		.rdev = S_ISCHR(m->mode) || S_ISBLK(m->mode) ? m->rdev : 0,
		.inline_data = m->target,
		.size = m->target.len,
	};
	in->birth = rnd.birth;
	in->version = rnd.version;
	if (S_ISREG(m->mode))
		memcpy(in->file_key, rnd.key, sizeof(in->file_key));
	crypto_wipe(&rnd, sizeof(rnd));
	in->atime = in->mtime = in->ctime = in->btime = stamp_now();
	if (parent->mode & S_ISGID) {
		in->gid = parent->gid;
		if (S_ISDIR(m->mode))
			in->mode |= S_ISGID;
	}
	return 0;
}

/* say_new: the inode as operations say it. dir: NULL: the directory's times are said already. */
static err_t say_new(struct change *t, const struct spot *at, const struct inode *in, const struct act_attrs *dir,
                     uint64_t *ret_ino, enum refusal *ret)
{
	cleanup(said_attrs_free) struct said_attrs s = { 0 };
	cleanup(buf_free) struct buf payload = BUF_INIT;
	struct act_contents c;
	struct act *a;
	err_t e = say_attrs(NULL, in, &s);
	if (!e)
		e = say_contents(t->fs, in, &payload, &c);
	if (!e)
		e = change_act(t, &a);
	if (e)
		return e;
	struct act_new new = { .type = (uint8_t)(in->mode >> 12), .attrs = s.attrs, .dir = dir };
	new.contents = S_ISDIR(in->mode) ? NULL : &c;
	return names_create(a, at, &new, ret_ino, ret);
}

static int make(struct change *t, const struct made *m, struct dir_said *dir, uint64_t *ret_ino)
{
	cleanup(buf_free) struct buf given = BUF_INIT;
	const struct spot at = { m->dir, spot_name(span_str(m->name)) };
	enum refusal refusal = REFUSED_NOT;
	struct inode in;
	int err = fill(t->fs, m, &dir->before, &in);
	if (!err)
		err = acl_inherit(t, m->dir, m->who->umask, &in, &given);
	if (!err)
		err = dir_said_touch(dir, in.ctime);
	if (err)
		return err;
	err_t e = say_new(t, &at, &in, dir_said_attrs(dir), ret_ino, &refusal);
	if (e || refusal || !given.len)
		return errno_refused(e, refusal);
	struct span value = buf_span(&given);
	return xattr_shown_set(t, *ret_ino, ACL_DEFAULT, &value);
}

int made_whiteout(struct change *t, const struct spot *at)
{
	const struct fs_caller self = { .uid = t->fs->cfg.uid, .gid = t->fs->cfg.gid };
	const struct made m = { .who = &self, .mode = S_IFCHR };
	enum refusal refusal = REFUSED_NOT;
	struct inode in;
	uint64_t ino;
	int err = fill(t->fs, &m, &(struct inode){ 0 }, &in);
	if (err)
		return err;
	err_t e = say_new(t, at, &in, NULL, &ino, &refusal);
	return errno_refused(e, refusal);
}

/* hold: what was read of the file serves its first write, too. */
static int hold(struct change *t, const struct inode *in, struct node **ret)
{
	struct node *n = node_acquire(t->fs, in->ino);
	struct file *f = n ? node_file(t->fs, n) : NULL;
	*ret = n;
	int err = f ? file_hold_new(f, t) : ENOMEM;
	if (err)
		return err;
	guard(&f->lock);
	return file_load_from(f, in);
}

int made_shown(struct change *t, const struct made *m, struct stat *st)
{
	cleanup(dir_said_free) struct dir_said dir = { .raw = BUF_INIT };
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	struct act *a;
	uint64_t ino;
	int err =
	        errno_of(change_act(t, &a)); /* before the directory is read: what that finds is not looked for again */
	if (!err)
		err = dir_said_begin(&dir, t, m->dir);
	if (!err)
		err = make(t, m, &dir, &ino);
	if (!err)
		err = errno_of(made_inode(a, ino, &in, &raw));
	if (!err)
		inode_stat(t->fs, &in, &(struct inode_counts){ .names = 1 }, st);
	if (!err && m->node)
		err = hold(t, &in, m->node);
	return err ? err : node_ref_kernel(t->fs, ino);
}
