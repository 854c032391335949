/* SPDX-License-Identifier: MIT */
#include "fs/core/record.h"

#include "fs/core/fs_state.h"
#include "fs/core/nameless.h"
#include "fs/core/shown.h"

/* find: what was removed elsewhere and written since is the file that this made: `ret` has its number. */
static err_t find(struct fs *fs, const struct change *t, uint64_t ino, struct inode *ret, struct buf *raw)
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
	return find(fs, t, ino, ret, raw);
}
