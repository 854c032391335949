/* SPDX-License-Identifier: MIT */
#include "fs/residency/pin.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/pin_mark.h"
#include "fs/residency/walk.h"
#include "vault/work/ask.h"

#include <string.h>
#include <sys/stat.h>

int fs_pin(struct fs *fs, uint64_t ino)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf raw = BUF_INIT, mark = BUF_INIT;
	struct inode in;
	mark_encode(&mark);
	if (!b)
		return ENOMEM;
	{
		ns_guard_read(fs);
		struct rkey k = key_ino(REC_PIN, work_recorded(fs->cfg.work, ino));
		batch_put_buf(b, MAP_RECORDS, rkey_span(&k), &mark);
		int err = inode_get(fs, ino, &in, &raw);
		if (!err && !S_ISREG(in.mode) && !S_ISDIR(in.mode))
			err = EINVAL;
		if (!err)
			err = errno_of(map_apply(fs->cfg.map, b));
		if (err)
			return err;
	}
	fs->pins_stale = true;
	wake_ask(&fs->pins_wake); /* whoever pins may not wait, or in vain */
	return errno_of(map_sync(fs->cfg.map));
}

struct unpinning {
	struct fs *fs;
	struct batch *b;
};

/* take_away: the marks at and under the walk's root. */
static int take_away(void *ctx, const struct walk_at *at)
{
	struct unpinning *u = ctx;
	cleanup(buf_free) struct buf marks = BUF_INIT;
	if (!at->has_pin)
		return 0;
	ns_guard_read(u->fs);
	err_t e = pin_marks(u->fs, at->recorded, &marks);
	for (size_t i = 0; !e && i + 8 <= marks.len; i += 8) {
		uint64_t number;
		memcpy(&number, marks.p + i, sizeof(number));
		struct rkey k = key_ino(REC_PIN, number);
		batch_del(u->b, MAP_RECORDS, rkey_span(&k));
	}
	return errno_of(e);
}

int fs_unpin(struct fs *fs, uint64_t ino)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct unpinning u = { fs, b };
	bool above;
	if (!b)
		return ENOMEM;
	int err = pin_above(fs, ino, &above);
	if (!err && above)
		return EBUSY;
	if (!err)
		err = tree_walk(fs, ino, take_away, &u);
	if (!err && !batch_empty(b))
		err = errno_of(map_apply(fs->cfg.map, b));
	if (err)
		return err;
	fs->pins_stale = true;
	wake_ask(&fs->flusher_wake);
	return errno_of(map_sync(fs->cfg.map));
}
