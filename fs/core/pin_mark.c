/* SPDX-License-Identifier: MIT */
#include "fs/core/pin_mark.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/path.h"
#include "vault/work/ask.h"

#include <string.h>

static err_t add_number(void *ctx, uint64_t ino)
{
	buf_put(ctx, &ino, sizeof(ino));
	return buf_ok(ctx);
}

err_t pin_marks(struct fs *fs, uint64_t ino, struct buf *out)
{
	err_t e = add_number(out, work_recorded(fs->cfg.work, ino));
	if (!e)
		e = work_members(fs->cfg.work, ino, add_number, out);
	return e == ERR_NOTFOUND ? ERR_OK : e; /* it is no directory */
}

static bool has_mark(struct fs *fs, uint64_t number)
{
	struct rkey k = key_ino(REC_PIN, number);
	return map_has(fs->cfg.map, MAP_RECORDS, rkey_span(&k)) == ERR_OK;
}

bool pin_has(struct fs *fs, uint64_t ino, bool dir)
{
	cleanup(buf_free) struct buf marks = BUF_INIT;
	bool ret = has_mark(fs, work_recorded(fs->cfg.work, ino));
	if (!ret && dir)
		(void)pin_marks(fs, ino, &marks); /* what it could add */
	for (size_t i = 0; !ret && i + 8 <= marks.len; i += 8) {
		uint64_t number;
		memcpy(&number, marks.p + i, sizeof(number));
		ret = has_mark(fs, number);
	}
	return ret;
}

/* dirs_of: the directories that have a name of it, 8 bytes each. Under the namespace lock. */
static err_t dirs_of(struct fs *fs, uint64_t ino, struct buf *out)
{
	err_t e = work_dirs(fs->cfg.work, ino, add_number, out);
	return e == ERR_NOTFOUND ? ERR_OK : e; /* it has no name */
}

/* parent_of: the directory that `dir` is in; 0: none, or not known. A directory has one name. */
static uint64_t parent_of(struct fs *fs, uint64_t dir)
{
	cleanup(buf_free) struct buf up = BUF_INIT;
	uint64_t parent = 0;
	if (dir == INO_ROOT || dirs_of(fs, dir, &up))
		return 0;
	if (up.len >= sizeof(parent))
		memcpy(&parent, up.p, sizeof(parent));
	return parent;
}

/* pin_from: `dir` or a directory over it. */
static bool pin_from(struct fs *fs, uint64_t dir)
{
	for (unsigned depth = 0; dir && depth < TREE_DEPTH_MAX; depth++) {
		if (pin_has(fs, dir, true))
			return true;
		dir = parent_of(fs, dir);
	}
	return false;
}

int pin_above(struct fs *fs, uint64_t ino, bool *ret)
{
	cleanup(buf_free) struct buf dirs = BUF_INIT;
	ns_guard_read(fs);
	int err = errno_of(dirs_of(fs, ino, &dirs));
	*ret = false;
	for (size_t i = 0; !err && !*ret && i + 8 <= dirs.len; i += 8) {
		uint64_t dir;
		memcpy(&dir, dirs.p + i, sizeof(dir));
		*ret = pin_from(fs, dir);
	}
	return err;
}

int fs_pin_state(struct fs *fs, uint64_t ino, enum fs_pin_state *ret)
{
	bool above = false, own;
	{
		ns_guard_read(fs);
		own = pin_has(fs, ino, true);
	}
	int err = own ? 0 : pin_above(fs, ino, &above);
	if (err)
		return err;
	*ret = above ? FS_PINNED_ABOVE : FS_UNPINNED;
	if (own)
		*ret = FS_PINNED;
	return 0;
}

static int found_one(void *ctx, struct span key, struct span value)
{
	(void)key;
	(void)value;
	*(bool *)ctx = true;
	return MAP_STOP;
}

/* pin_any: so that those who have none pay for no way up. */
static bool pin_any(struct fs *fs)
{
	struct rkey k = key_kind(REC_PIN);
	bool any = false;
	return map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), found_one, &any) || any;
}

void pin_wake_under(struct fs *fs, uint64_t ino)
{
	enum fs_pin_state state;
	if (pin_any(fs) && (fs_pin_state(fs, ino, &state) || state != FS_UNPINNED))
		wake_ask(&fs->pins_wake);
}

static int add_ino(void *ctx, struct span key, struct span value)
{
	uint64_t ino;
	(void)value;
	if (key_parse_ino(key, REC_PIN, &ino))
		buf_put(ctx, &ino, sizeof(ino));
	return 0;
}

/* add_shown: which show what is marked. */
static void add_shown(struct fs *fs, struct buf *marks)
{
	const size_t n = marks->len;
	ns_guard_read(fs);
	for (size_t i = 0; i + 8 <= n; i += 8) {
		uint64_t number, shown;
		memcpy(&number, marks->p + i, sizeof(number));
		shown = work_shown_as(fs->cfg.work, number);
		if (shown != number)
			buf_put(marks, &shown, sizeof(shown));
	}
}

err_t pin_list(struct fs *fs, struct buf *out)
{
	struct rkey k = key_kind(REC_PIN);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), add_ino, out);
	if (!e)
		add_shown(fs, out);
	return e ? e : buf_ok(out);
}
