/* SPDX-License-Identifier: MIT */
#include "fs/core/inode_value.h"

#include <string.h>

err_t inode_value_decode(struct span value, struct inode *ret)
{
	struct inode_rec r;
	err_t e = inode_rec_decode(value, &r);
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

void inode_value_encode(const struct inode *in, struct buf *out)
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
	inode_rec_encode(&r, out);
	crypto_wipe(r.file_key, sizeof(r.file_key));
}
