/* SPDX-License-Identifier: MIT */
#include "fs/core/inode.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/core/record.h"
#include "fs/core/stamp.h"
#include "util/invariant.h"

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
 * is what another inode put there: two mounts may have drawn the same numbers, which is no fault of the caller's
 * (format 2 asks before it gives one out). */
static bool is_before(struct change *t, uint64_t ino, const struct inode *before)
{
	cleanup(buf_free) struct buf is = BUF_INIT, said = BUF_INIT;
	struct rkey k = key_ino(REC_INODE, ino);
	if (!before)
		return true;
	err_t e = txn_get(t->txn, rkey_span(&k), &is);
	if (e) /* not there; or nobody can tell */
		return e != ERR_NOTFOUND;
	struct inode now;
	if (record_inode_decode(buf_span(&is), &now) || !id_eq(now.birth, before->birth))
		return true;
	record_inode_encode(before, &said);
	return buf_ok(&said) || !span_cmp(buf_span(&is), buf_span(&said));
}

static bool same_file(const struct inode *a, const struct inode *b)
{
	return a->ino == b->ino && id_eq(a->birth, b->birth) && (a->mode & S_IFMT) == (b->mode & S_IFMT);
}

void inode_store(struct change *t, const struct inode *before, const struct inode *after)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_INODE, after->ino);
	INVARIANT(is_before(t, after->ino, before));
	INVARIANT(!before || same_file(before, after));
	record_inode_encode(after, &value);
	txn_put(t->txn, rkey_span(&k), &value);
}

int inode_counts(struct fs *fs, uint64_t ino, struct count_rec *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_COUNT, ino);
	err_t e = map_get(fs->cfg.map, MAP_RECORDS, rkey_span(&k), &value);
	if (e == ERR_NOTFOUND) {
		*ret = (struct count_rec){ 0 };
		return 0;
	}
	return errno_of(damage_check(fs, e ? e : count_decode(buf_span(&value), ret), ino, NULL, "the link count"));
}

int inode_new_version(struct inode *in)
{
	in->mtime = in->ctime = stamp_now();
	return errno_of(crypto_random_id(&in->version));
}
