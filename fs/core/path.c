/* SPDX-License-Identifier: MIT
 * Up the reverse index (REC_LINK), or in format 2 from where it is shown, name by name.
 */
#include "fs/core/path.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "vault/work/ask.h"

#include <string.h>

struct link {
	uint64_t dir;
	struct buf *name;
};

static int take_link(void *ctx, struct span key, struct span value)
{
	struct link *l = ctx;
	struct dirent_rec list[DIRENT_TIES_MAX];
	uint64_t ino, hash;
	size_t n;
	if (!value.p || !key_parse_link(key, &ino, &l->dir, &hash))
		return (int)ERR_DAMAGED;
	err_t e = dirent_decode(value, list, &n);
	if (e)
		return (int)e;
	buf_clear(l->name);
	buf_put(l->name, list[0].name.p, list[0].name.len);
	return MAP_STOP;
}

/* prepend: "/name" before what is there. */
static int prepend(struct buf *path, const struct buf *name)
{
	size_t n = path->len;
	if (!buf_extend(path, name->len + 1))
		return ENOMEM;
	memmove(path->p + name->len + 1, path->p, n);
	path->p[0] = '/';
	memcpy(path->p + 1, name->p, name->len);
	return 0;
}

/* up_shown: format 2: one step up. */
static err_t up_shown(struct fs *fs, uint64_t ino, struct link *l)
{
	struct work_number n;
	err_t e = work_number(fs->cfg.work, ino, &n);
	if (e)
		return e;
	l->dir = n.at.dir;
	buf_clear(l->name);
	buf_put(l->name, n.at.name.b, n.at.name.len);
	return buf_ok(l->name);
}

static err_t up(struct fs *fs, uint64_t ino, struct link *l)
{
	struct rkey k = key_ino(REC_LINK, ino);
	if (fs->cfg.format == VAULT_FORMAT_2)
		return up_shown(fs, ino, l);
	return map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), take_link, l);
}

int path_of(struct fs *fs, uint64_t ino, struct buf *path)
{
	cleanup(buf_free) struct buf name = BUF_INIT;
	for (unsigned depth = 0; ino != INO_ROOT; depth++) {
		struct link l = { 0, &name };
		err_t e = up(fs, ino, &l);
		if (e)
			return errno_of(e);
		if (!l.dir || depth == TREE_DEPTH_MAX)
			return l.dir ? ELOOP : ENOENT;
		int err = prepend(path, &name);
		if (err)
			return err;
		ino = l.dir;
	}
	return 0;
}

int fs_path_of(struct fs *fs, uint64_t ino, struct buf *out)
{
	cleanup(buf_free) struct buf path = BUF_INIT;
	ns_guard_read(fs);
	int err = path_of(fs, ino, &path);
	if (err)
		return err;
	if (!path.len)
		buf_u8(&path, '/');
	buf_clear(out);
	buf_put(out, path.p, path.len);
	return errno_of(buf_ok(out));
}
