/* SPDX-License-Identifier: MIT */
#include "fs/core/inode.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/core/inode_value.h"
#include "fs/core/record.h"
#include "fs/core/say.h"
#include "fs/core/stamp.h"
#include "util/invariant.h"
#include "vault/work/ask.h"

#include <sys/stat.h>

int inode_get(struct fs *fs, uint64_t ino, struct inode *ret, struct buf *raw)
{
	err_t e = record_inode(fs, NULL, ino, ret, raw);
	if (e)
		return errno_of(damage_check(fs, e, ino, NULL, "the inode record"));
	struct node *n = S_ISREG(ret->mode) ? node_find(fs, ino) : NULL;
	if (n) {
		struct file *f = node_file_if(fs, n);
		if (f)
			file_show_unflushed(f, ret);
		node_unref(fs, n);
	}
	return 0;
}

int inode_get_txn(struct change *t, uint64_t ino, struct inode *ret, struct buf *raw)
{
	return errno_of(record_inode(NULL, t, ino, ret, raw));
}

/* is_before: transaction `t` has the inode as `before` says. NULL: it is made, and what is there is not looked at; nor
 * is what another inode put there. */
static bool is_before(struct change *t, uint64_t ino, const struct inode *before)
{
	cleanup(buf_free) struct buf raw = BUF_INIT, is = BUF_INIT, said = BUF_INIT;
	struct inode now;
	if (!before)
		return true;
	err_t e = record_inode(NULL, t, ino, &now, &raw);
	if (e) /* not there; or nobody can tell */
		return e != ERR_NOTFOUND;
	if (!id_eq(now.birth, before->birth))
		return true;
	inode_value_encode(&now, &is);
	inode_value_encode(before, &said);
	return buf_ok(&is) || buf_ok(&said) || !span_cmp(buf_span(&is), buf_span(&said));
}

static bool same_file(const struct inode *a, const struct inode *b)
{
	return a->ino == b->ino && id_eq(a->birth, b->birth) && (a->mode & S_IFMT) == (b->mode & S_IFMT);
}

void inode_store(struct change *t, const struct inode *before, const struct inode *after)
{
	INVARIANT(is_before(t, after->ino, before));
	INVARIANT(!before || same_file(before, after));
	err_t e = say_inode(t, before, after);
	if (e)
		change_fail(t, e);
}

/* shown_subdirs: of a directory that has no name, none. */
static err_t shown_subdirs(struct fs *fs, uint64_t ino, unsigned *ret)
{
	*ret = 0;
	err_t e = work_subdirs(fs->cfg.work, ino, ret);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

int inode_names(struct fs *fs, uint64_t ino, unsigned *ret)
{
	*ret = 0;
	err_t e = work_names(fs->cfg.work, ino, ret);
	return e == ERR_NOTFOUND ? 0 : errno_of(e);
}

int inode_counts(struct fs *fs, uint64_t ino, bool is_dir, struct inode_counts *ret)
{
	unsigned names, subdirs = 0;
	int err = inode_names(fs, ino, &names);
	if (!err && is_dir)
		err = errno_of(damage_check(fs, shown_subdirs(fs, ino, &subdirs), ino, NULL, "the link count"));
	if (!err)
		*ret = (struct inode_counts){ .names = names, .subdirs = subdirs };
	return err;
}
