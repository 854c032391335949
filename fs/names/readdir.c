/* SPDX-License-Identifier: MIT
 * Reading directories in the order of the names' keyed hashes. That order does not depend on what else is in the
 * directory, so a cookie stays good while names come and go.
 *
 * A cookie says what was given last: 1 for ".", 2 for "..", else 3 + (group << 8 | rank), where a group is all entries
 * with the same 54 leading hash bits, and rank an entry's number among them: 63 bits, positive as an off_t.
 */
#include "fs/names/readdir.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/node_table.h"
#include "fs/core/xattr_rec.h"
#include "fs/data/stat.h"
#include "fs/names/dir.h"
#include "vault/work/ask.h"

#include <string.h>

#define GROUP_SHIFT 10
#define RANK_BITS 8
#define COOKIE_DOT 1
#define COOKIE_DOTDOT 2
#define COOKIE_FIRST 3
#define READDIR_ENTRIES                                                                                                \
	128 /* entries copied out of one scan, which must be short and must not look at other records                  \
	     */

struct entry {
	uint64_t ino, cookie;
	uint32_t type;
	char name[NAME_LEN_MAX + 1];
};
struct batch_of_entries {
	uint64_t after; /* cookie of the entry before */
	uint64_t group;
	unsigned rank; /* of the next entry in that group */
	size_t n;
	struct entry e[READDIR_ENTRIES];
};

/* next_cookie: of an entry with this hash. */
static uint64_t next_cookie(struct batch_of_entries *b, uint64_t hash)
{
	if (hash >> GROUP_SHIFT != b->group) {
		b->group = hash >> GROUP_SHIFT;
		b->rank = 0;
	}
	return COOKIE_FIRST + (b->group << RANK_BITS | b->rank++);
}

/* collect_shown: ERR_CANCELED: it is enough. */
static err_t collect_shown(void *ctx, const struct work_entry *x)
{
	struct batch_of_entries *b = ctx;
	uint64_t cookie = next_cookie(b, x->hash);
	if (cookie <= b->after)
		return ERR_OK;
	if (b->n == READDIR_ENTRIES)
		return ERR_CANCELED;
	struct entry *at = &b->e[b->n++];
	*at = (struct entry){ .ino = x->ino, .type = (uint32_t)x->type << 12, .cookie = cookie };
	memcpy(at->name, x->name.b, x->name.len);
	return ERR_OK;
}

struct dir_read {
	struct fs *fs;
	uint64_t dir;
	bool plus, full;
	fs_dir_fn fn;
	void *ctx;
};

static int give(struct dir_read *r, const struct entry *e, bool dots)
{
	struct stat st = { .st_ino = e->ino, .st_mode = e->type };
	bool whole = r->plus && !dots && !nodes_known(r->fs, e->ino);
	if (whole) {
		int err = inode_getstat(r->fs, e->ino, &st);
		if (!err)
			err = node_ref_kernel(r->fs, e->ino);
		if (err == ENOENT || err == EIO) { /* an entry without a usable inode is shown, and removable */
			st = (struct stat){ .st_ino = 0, .st_mode = e->type };
			whole = false;
		} else if (err) {
			return err;
		}
	}
	r->full = !r->fn(r->ctx, e->name, &st, e->cookie);
	if (r->full && whole)
		node_unref_kernel(r->fs, e->ino);
	return 0;
}

static int give_dots(struct dir_read *r, uint64_t cookie)
{
	struct entry e = { .ino = r->dir, .type = S_IFDIR, .cookie = COOKIE_DOT, .name = "." };
	if (cookie < COOKIE_DOT) {
		int err = give(r, &e, true);
		if (err || r->full)
			return err;
	}
	e = (struct entry){ .ino = r->dir, .type = S_IFDIR, .cookie = COOKIE_DOTDOT, .name = ".." };
	int err = dir_parent(r->fs, r->dir, &e.ino);
	if (err && err != ENOENT) /* a removed directory, still open */
		return err;
	return give(r, &e, true);
}

/* collect_from: entries whose hashes are of this group or later. */
static err_t collect_from(const struct dir_read *r, uint64_t group, struct batch_of_entries *b)
{
	b->group = group;
	b->rank = 0;
	b->n = 0;
	err_t e = work_children(r->fs->cfg.work, r->dir, group << GROUP_SHIFT, collect_shown, b);
	return e == ERR_CANCELED || e == ERR_NOTFOUND ? ERR_OK : e; /* removed, still open: nothing is in it */
}

static int give_entries(struct dir_read *r, uint64_t cookie)
{
	cleanup_free struct batch_of_entries *b = malloc(sizeof(*b));
	if (!b)
		return ENOMEM;
	b->after = cookie;
	do {
		uint64_t group = b->after < COOKIE_FIRST ? 0 : (b->after - COOKIE_FIRST) >> RANK_BITS;
		err_t e = collect_from(r, group, b);
		if (e)
			return errno_of(damage_check(r->fs, e, r->dir, NULL, "the list of its names"));
		for (size_t i = 0; i < b->n && !r->full; i++) {
			int err = give(r, &b->e[i], false);
			if (err)
				return err;
			b->after = b->e[i].cookie;
		}
	} while (b->n == READDIR_ENTRIES && !r->full);
	return 0;
}

int fs_readdir(struct fs *fs, uint64_t dir, uint64_t cookie, bool plus, fs_dir_fn fn, void *ctx)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct dir_read r = { .fs = fs, .dir = dir, .plus = plus, .fn = fn, .ctx = ctx };
	struct inode in;
	ns_guard_read(fs);
	int err = inode_get(fs, dir, &in, &raw);
	if (err)
		return err;
	if (!S_ISDIR(in.mode))
		return ENOTDIR;
	if (cookie < COOKIE_DOTDOT)
		err = give_dots(&r, cookie);
	return err || r.full ? err : give_entries(&r, cookie);
}
