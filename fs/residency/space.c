/* SPDX-License-Identifier: MIT */
#include "fs/residency/space.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/pin_mark.h"
#include "fs/data/usage.h"
#include "fs/residency/walk.h"

#include <string.h>
#include <sys/stat.h>

#define STATE_EXTENTS_MAX 8192u /* looked at for one state: 1 GiB of a dense file, some ms */

struct count {
	struct fs *fs;
	struct fs_space *s;
	bool all_pinned;
	uint64_t left; /* extents still to be looked at */
};

static int count_extent(void *ctx, const struct extent *p)
{
	struct count *c = ctx;
	struct map *m = c->fs->cfg.map;
	struct rkey own = key_queue(QUEUE_BLOCK, p->block), held = key_queue(QUEUE_UPLOAD_PINNED, p->block);
	bool here = map_has(m, MAP_BLOCK, id_span(&p->block)) == ERR_OK;
	c->s->bytes += p->len;
	*(here ? &c->s->cached : &c->s->remote) += p->len;
	if (here &&
	    (map_has(m, MAP_QUEUE, rkey_span(&own)) == ERR_OK || map_has(m, MAP_QUEUE, rkey_span(&held)) == ERR_OK))
		c->s->dirty += p->len;
	return c->left && --c->left == 0 ? ERANGE : 0;
}

static int count_file(struct count *c, const struct inode *in)
{
	struct fs_space *s = c->s;
	uint64_t buffered;
	if (!inode_has_contents(in)) {
		s->bytes += in->inline_data.len;
		s->cached += in->inline_data.len;
	} else {
		int err = extents_walk(c->fs, in, count_extent, c);
		if (err)
			return err;
	}
	{
		ns_guard_read(c->fs);
		buffered = usage_buffered(c->fs, in->ino);
	}
	s->dirty += buffered;
	return 0;
}

static int count_one(void *ctx, const struct walk_at *at)
{
	struct count *c = ctx;
	struct fs_space *s = c->s;
	if (S_ISDIR(at->in->mode)) {
		s->dirs++;
		return 0;
	}
	s->files++;
	uint64_t before = s->bytes;
	int err = S_ISREG(at->in->mode) ? count_file(c, at->in) : 0;
	if (c->all_pinned || at->pinned)
		s->pinned += s->bytes - before;
	return err == EIO ? 0 : err; /* damage of one file is told by those who read it */
}

int fs_space(struct fs *fs, uint64_t ino, struct fs_space *ret)
{
	struct fs_space s = { 0 };
	enum fs_pin_state state;
	int err = fs_pin_state(fs, ino, &state);
	struct count c = { .fs = fs, .s = &s, .all_pinned = !err && state != FS_UNPINNED };
	if (!err)
		err = tree_walk(fs, ino, count_one, &c);
	if (!err)
		*ret = s;
	return err;
}

static const char *where(const struct fs_space *s)
{
	if (!s->bytes)
		return "cached";
	if (!s->remote)
		return "cached";
	return s->cached ? "partial" : "remote";
}

int space_state_text(struct fs *fs, uint64_t ino, struct buf *out)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct fs_space s = { 0 };
	struct count c = { .fs = fs, .s = &s, .left = STATE_EXTENTS_MAX };
	struct inode in;
	enum fs_pin_state pin;
	{
		ns_guard_read(fs);
		int err = inode_get(fs, ino, &in, &raw);
		if (err)
			return err;
	}
	bool file = S_ISREG(in.mode);
	if (!file && !S_ISDIR(in.mode))
		return ENODATA;
	int err = file ? count_file(&c, &in) : 0;
	if (err == ERANGE)
		err = 0;
	if (!err)
		err = fs_pin_state(fs, ino, &pin);
	if (err)
		return err;
	const char *parts[] = { file ? where(&s) : "directory", s.dirty ? ",dirty" : "",
		                pin != FS_UNPINNED ? ",pinned" : "" };
	buf_clear(out);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		buf_put(out, parts[i], strlen(parts[i]));
	return errno_of(buf_ok(out));
}
