/* SPDX-License-Identifier: MIT */
#include "fs/core/record.h"

#include "fs/core/fs_state.h"
#include "fs/core/inode_value.h"
#include "fs/core/nameless.h"
#include "fs/core/shown.h"

err_t record_get(struct fs *fs, struct change *t, struct span key, struct buf *out)
{
	return t ? txn_get(t->txn, key, out) : map_get(fs->cfg.map, MAP_RECORDS, key, out);
}

/* record_inode2: what was removed elsewhere and written since is the file that this made: `ret` has its number. */
static err_t record_inode2(struct fs *fs, const struct change *t, uint64_t ino, struct inode *ret, struct buf *raw)
{
	for (;;) {
		uint64_t now;
		err_t e = shown_inode(fs, ino, ret, raw);
		if (e != ERR_NOTFOUND)
			return e;
		e = nameless_again(fs, t, ino, &now);
		if (e)
			return e == ERR_NOTFOUND ? nameless_inode(fs, t, ino, ret, raw) : e;
		ino = now;
	}
}

err_t record_inode(struct fs *fs, struct change *t, uint64_t ino, struct inode *ret, struct buf *raw)
{
	if (!fs)
		fs = t->fs;
	if (fs->cfg.format == VAULT_FORMAT_2)
		return record_inode2(fs, t, ino, ret, raw);
	struct rkey k = key_ino(REC_INODE, ino);
	err_t e = record_get(fs, t, rkey_span(&k), raw);
	return e ? e : inode_value_decode(buf_span(raw), ret);
}
