/* SPDX-License-Identifier: MIT */
#include "fs/core/inode.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/core/stamp.h"

#include <sys/stat.h>

err_t record_get(struct fs *fs, struct txn *t, struct span key, struct buf *out)
{
	return t ? txn_get(t, key, out) : map_get(fs->cfg.map, MAP_RECORDS, key, out);
}

int inode_get(struct fs *fs, uint64_t ino, struct inode_rec *ret, struct buf *raw)
{
	struct rkey k = key_ino(REC_INODE, ino);
	err_t e = map_get(fs->cfg.map, MAP_RECORDS, rkey_span(&k), raw);
	if (!e)
		e = inode_decode(buf_span(raw), ret);
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

int inode_get_txn(struct txn *t, uint64_t ino, struct inode_rec *ret, struct buf *raw)
{
	struct rkey k = key_ino(REC_INODE, ino);
	err_t e = txn_get(t, rkey_span(&k), raw);
	if (!e)
		e = inode_decode(buf_span(raw), ret);
	return errno_of(e);
}

void inode_put_txn(struct txn *t, const struct inode_rec *in)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_INODE, in->ino);
	inode_encode(in, &value);
	txn_put(t, rkey_span(&k), &value);
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

int inode_new_version(struct inode_rec *in)
{
	in->mtime = in->ctime = stamp_now();
	return errno_of(crypto_random_id(&in->version));
}
