/* SPDX-License-Identifier: MIT */
#include "fs/core/record.h"

#include "fs/core/fs_state.h"

#include <string.h>

err_t record_get(struct fs *fs, struct change *t, struct span key, struct buf *out)
{
	return t ? txn_get(t->txn, key, out) : map_get(fs->cfg.map, MAP_RECORDS, key, out);
}

err_t record_inode_decode(struct span value, struct inode *ret)
{
	struct inode_rec r;
	err_t e = inode_decode(value, &r);
	if (e)
		return e;
	*ret = (struct inode){
		.ino = r.ino,
		.birth = r.birth,
		.mode = r.mode,
		.uid = r.uid,
		.gid = r.gid,
		.rdev = r.rdev,
		.size = r.size,
		.atime = r.atime,
		.mtime = r.mtime,
		.ctime = r.ctime,
		.btime = r.btime,
		.version = r.version,
		.content = r.content,
		.inline_data = r.inline_data,
	};
	memcpy(ret->file_key, r.file_key, sizeof(ret->file_key));
	crypto_wipe(r.file_key, sizeof(r.file_key));
	return ERR_OK;
}

err_t record_inode(struct fs *fs, struct change *t, uint64_t ino, struct inode *ret, struct buf *raw)
{
	struct rkey k = key_ino(REC_INODE, ino);
	err_t e = record_get(fs, t, rkey_span(&k), raw);
	return e ? e : record_inode_decode(buf_span(raw), ret);
}

void record_inode_encode(const struct inode *in, struct buf *out)
{
	struct inode_rec r = {
		.ino = in->ino,
		.birth = in->birth,
		.mode = in->mode,
		.uid = in->uid,
		.gid = in->gid,
		.rdev = in->rdev,
		.size = in->size,
		.atime = in->atime,
		.mtime = in->mtime,
		.ctime = in->ctime,
		.btime = in->btime,
		.version = in->version,
		.content = in->content,
		.inline_data = in->inline_data,
	};
	memcpy(r.file_key, in->file_key, sizeof(r.file_key));
	inode_encode(&r, out);
	crypto_wipe(r.file_key, sizeof(r.file_key));
}
