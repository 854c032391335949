/* SPDX-License-Identifier: MIT
 * Up from where it is shown, name by name.
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

/* up: one step. */
static err_t up(struct fs *fs, uint64_t ino, struct link *l)
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
