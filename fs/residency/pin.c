/* SPDX-License-Identifier: MIT
 * Pins, and what of a tree is on this device.
 */
#include "fs/residency/pin.h"

#include "fs/residency/pin_fetcher.h"
#include "fs/residency/walk.h"

#include <string.h>

#define STATE_PIECES_MAX 8192u /* looked at for one state: 1 GiB of a dense file, some ms */
#define DEPTH_MAX 4096         /* of a directory; over it only a damaged map can be */

/* --- above an inode --- */
static int add_dir(void *ctx, struct span key, struct span value)
{
	uint64_t ino, dir, hash;
	(void)value;
	if (key_parse_link(key, &ino, &dir, &hash))
		buf_put(ctx, &dir, sizeof(dir));
	return 0;
}

/* pinned_above: some directory over `ino`, by any of its names. A directory has one name, so there is one way up. */
static int pinned_above(struct fs *fs, uint64_t ino, bool *ret)
{
	cleanup(buf_free) struct buf dirs = BUF_INIT;
	struct rkey k = key_ino(REC_LINK, ino);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), add_dir, &dirs);
	int err = errno_of(e ? e : buf_ok(&dirs));
	*ret = false;
	for (size_t i = 0; !err && !*ret && i + 8 <= dirs.len; i += 8) {
		uint64_t dir;
		memcpy(&dir, dirs.p + i, sizeof(dir));
		for (unsigned depth = 0; !*ret && depth < DEPTH_MAX; depth++) {
			cleanup(buf_free) struct buf up = BUF_INIT;
			*ret = pin_has(fs, dir);
			k = key_ino(REC_LINK, dir);
			e = dir == INO_ROOT
			            ? ERR_NOTFOUND
			            : map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), add_dir, &up);
			if (e || up.len < 8)
				break;
			memcpy(&dir, up.p, sizeof(dir));
		}
	}
	return err;
}

int fs_pin_state(struct fs *fs, uint64_t ino, enum fs_pin_state *ret)
{
	bool above = false;
	bool own = pin_has(fs, ino);
	int err = own ? 0 : pinned_above(fs, ino, &above);
	if (!err)
		*ret = own ? FS_PINNED : above ? FS_PINNED_ABOVE : FS_UNPINNED;
	return err;
}

static int found_one(void *ctx, struct span key, struct span value)
{
	(void)key;
	(void)value;
	*(bool *)ctx = true;
	return MAP_STOP;
}

/* any_pin: so that those who have none pay for no way up. */
static bool any_pin(struct fs *fs)
{
	struct rkey k = key_kind(REC_PIN);
	bool any = false;
	return map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), found_one, &any) || any;
}

void pins_nudge_under(struct fs *fs, uint64_t ino)
{
	enum fs_pin_state state;
	if (any_pin(fs) && (fs_pin_state(fs, ino, &state) || state != FS_UNPINNED))
		pins_nudge(fs);
}

/* --- what is where --- */
struct count {
	struct fs *fs;
	struct fs_space *s;
	bool all_pinned;
	uint64_t left; /* pieces still to be looked at */
};

static int count_piece(void *ctx, const struct piece *p)
{
	struct count *c = ctx;
	struct map *m = c->fs->cfg.map;
	struct rkey own = key_queue(QUEUE_BLOCK, p->block), held = key_queue(QUEUE_HELD, p->block);
	bool here = map_has(m, MAP_BLOCK, SPAN(p->block, ID_LEN)) == ERR_OK;
	c->s->bytes += p->len;
	*(here ? &c->s->cached : &c->s->remote) += p->len;
	if (here &&
	    (map_has(m, MAP_QUEUE, rkey_span(&own)) == ERR_OK || map_has(m, MAP_QUEUE, rkey_span(&held)) == ERR_OK))
		c->s->dirty += p->len;
	return c->left && --c->left == 0 ? ERANGE : 0;
}

static int count_file(struct count *c, const struct inode_rec *in)
{
	static const uint8_t none[ID_LEN];
	struct fs_space *s = c->s;
	uint64_t buffered;
	if (!memcmp(in->content, none, ID_LEN)) {
		s->bytes += in->inline_data.len;
		s->cached += in->inline_data.len;
	} else {
		int err = pieces_walk(c->fs, in->content, pins_stop_flag(c->fs), count_piece, c);
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
		err = tree_walk(fs, ino, pins_stop_flag(fs), count_one, &c);
	if (!err)
		*ret = s;
	return err;
}

/* --- the attribute --- */
static const char *where(const struct fs_space *s)
{
	if (!s->bytes)
		return "cached";
	return !s->remote ? "cached" : s->cached ? "partial" : "remote";
}

int pins_state_text(struct fs *fs, uint64_t ino, struct buf *out)
{
	cleanup(buf_free) struct buf hold = BUF_INIT;
	struct fs_space s = { 0 };
	struct count c = { .fs = fs, .s = &s, .left = STATE_PIECES_MAX };
	struct inode_rec in;
	enum fs_pin_state pin;
	{
		ns_guard_read(fs);
		int err = inode_get(fs, ino, &in, &hold);
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

/* --- setting and taking away --- */
int fs_pin(struct fs *fs, uint64_t ino)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf hold = BUF_INIT, mark = BUF_INIT;
	struct rkey k = key_ino(REC_PIN, ino);
	struct inode_rec in;
	mark_encode(&mark);
	if (!b)
		return ENOMEM;
	batch_put_buf(b, MAP_RECORDS, rkey_span(&k), &mark);
	{
		ns_guard_read(fs);
		int err = inode_get(fs, ino, &in, &hold);
		if (!err && !S_ISREG(in.mode) && !S_ISDIR(in.mode))
			err = EINVAL;
		if (!err)
			err = errno_of(map_apply(fs->cfg.map, b));
		if (err)
			return err;
	}
	evict_pins_changed(fs);
	pins_nudge(fs); /* whoever pins may not wait, or in vain */
	return errno_of(map_sync(fs->cfg.map));
}

struct unpinning {
	struct fs *fs;
	struct batch *b;
};

/* take_away: the marks at and under the walk's root; `pinned` is inherited, so only those that are there. */
static int take_away(void *ctx, const struct walk_at *at)
{
	struct unpinning *u = ctx;
	struct rkey k = key_ino(REC_PIN, at->in->ino);
	if (at->pinned && pin_has(u->fs, at->in->ino))
		batch_del(u->b, MAP_RECORDS, rkey_span(&k));
	return 0;
}

int fs_unpin(struct fs *fs, uint64_t ino)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct unpinning u = { fs, b };
	bool above;
	if (!b)
		return ENOMEM;
	int err = pinned_above(fs, ino, &above);
	if (!err && above)
		return EBUSY;
	if (!err)
		err = tree_walk(fs, ino, pins_stop_flag(fs), take_away, &u);
	if (!err && !batch_empty(b))
		err = errno_of(map_apply(fs->cfg.map, b));
	if (err)
		return err;
	evict_pins_changed(fs);
	data_nudge(fs);
	return errno_of(map_sync(fs->cfg.map));
}
