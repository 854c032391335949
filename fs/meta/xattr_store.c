/* SPDX-License-Identifier: MIT */
#include "fs/meta/xattr_store.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/name.h"
#include "fs/core/xattr_rec.h"
#include "fs/meta/xattr_shown.h"
#include "vault/work/ask.h"

#include <string.h>
#include <sys/xattr.h>

struct xattrs {
	struct buf raw;
	struct xattr_rec list[XATTR_TIES_MAX];
	size_t n;
	uint64_t hash;
};

static void xattrs_free(struct xattrs *x)
{
	buf_free(&x->raw);
}

/* key_of: the records are those of inodes without a name. */
static struct rkey key_of(uint64_t ino, uint64_t hash)
{
	return key_ino_hash(REC_UNLINKED, ino, hash);
}

static int xattrs_get(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct xattrs *x)
{
	int err = name_hash(fs, name, &x->hash);
	if (err)
		return err;
	struct rkey k = key_of(ino, x->hash);
	err_t e = change_local(fs, t, rkey_span(&k), &x->raw);
	x->n = 0;
	if (e == ERR_NOTFOUND)
		return 0;
	e = e ? e : xattr_rec_decode(buf_span(&x->raw), x->list, &x->n);
	return errno_of(damage_check(fs, e, ino, NULL, "an extended attribute"));
}

static size_t xattrs_at(const struct xattrs *x, const char *name, bool *found)
{
	size_t i = 0;
	int c = 1;
	while (i < x->n && (c = span_cmp(x->list[i].name, span_str(name))) < 0)
		i++;
	*found = i < x->n && !c;
	return i;
}

static void xattrs_put(struct change *t, uint64_t ino, const struct xattrs *x)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_of(ino, x->hash);
	if (x->n)
		xattr_rec_encode(x->list, x->n, &value);
	if (buf_ok(&value))
		change_fail(t, ERR_NOMEM);
	else if (x->n)
		change_local_put(t, rkey_span(&k), buf_span(&value));
	else
		change_local_del(t, rkey_span(&k));
}

/* is_shown: the number is shown: its attributes are shared. */
static bool is_shown(struct fs *fs, uint64_t ino)
{
	struct work_number n;
	return work_number(fs->cfg.work, ino, &n) == ERR_OK;
}

int xattr_get(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct buf *out)
{
	cleanup(xattrs_free) struct xattrs x = { .raw = BUF_INIT };
	if (is_shown(fs, ino))
		return xattr_shown_get(fs, ino, name, out);
	int err = xattrs_get(fs, t, ino, name, &x);
	if (err)
		return err;
	bool found;
	size_t i = xattrs_at(&x, name, &found);
	if (!found)
		return ENODATA;
	buf_clear(out);
	buf_put(out, x.list[i].value.p, x.list[i].value.len);
	return errno_of(buf_ok(out));
}

/* may_be: what XATTR_CREATE and XATTR_REPLACE say. */
static int may_be(bool found, int flags)
{
	if (found && flags & XATTR_CREATE)
		return EEXIST;
	return !found && flags & XATTR_REPLACE ? ENODATA : 0;
}

/* set_shown: value NULL: it goes. */
static int set_shown(struct fs *fs, struct change *t, uint64_t ino, const char *name, const struct span *value,
                     int flags)
{
	cleanup(buf_free) struct buf old = BUF_INIT;
	int err = xattr_shown_get(fs, ino, name, &old);
	if (err && err != ENODATA)
		return err;
	err = may_be(!err, flags);
	return err ? err : xattr_shown_set(t, ino, name, value);
}

int xattr_set(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct span value, int flags)
{
	cleanup(xattrs_free) struct xattrs x = { .raw = BUF_INIT };
	bool found;
	if (is_shown(fs, ino))
		return set_shown(fs, t, ino, name, &value, flags);
	int err = xattrs_get(fs, t, ino, name, &x);
	if (err)
		return err;
	size_t i = xattrs_at(&x, name, &found);
	err = may_be(found, flags);
	if (err)
		return err;
	if (!found) {
		if (x.n == XATTR_TIES_MAX)
			return ENOSPC;
		memmove(&x.list[i + 1], &x.list[i], (x.n - i) * sizeof(x.list[0]));
		x.n++;
	}
	x.list[i] = (struct xattr_rec){ span_str(name), value };
	xattrs_put(t, ino, &x);
	return 0;
}

int xattr_clear(struct fs *fs, struct change *t, uint64_t ino, const char *name)
{
	cleanup(xattrs_free) struct xattrs x = { .raw = BUF_INIT };
	bool found;
	if (is_shown(fs, ino))
		return set_shown(fs, t, ino, name, NULL, XATTR_REPLACE);
	int err = xattrs_get(fs, t, ino, name, &x);
	if (err)
		return err;
	size_t i = xattrs_at(&x, name, &found);
	if (!found)
		return ENODATA;
	memmove(&x.list[i], &x.list[i + 1], (x.n - i - 1) * sizeof(x.list[0]));
	x.n--;
	xattrs_put(t, ino, &x);
	return 0;
}

/* keep_one: with others whose names have its hash. */
static void keep_one(struct change *t, uint64_t ino, const struct xattr_list *all, size_t first)
{
	struct xattrs x = { .raw = BUF_INIT, .hash = all->v[first].hash };
	for (size_t i = first; i < all->n && all->v[i].hash == x.hash && x.n < XATTR_TIES_MAX; i++)
		x.list[x.n++] =
		        (struct xattr_rec){ SPAN(all->v[i].name.b, all->v[i].name.len), buf_span(&all->v[i].value) };
	xattrs_put(t, ino, &x);
}

void xattr_keep(struct change *t, uint64_t ino, const struct xattr_list *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (!i || all->v[i].hash != all->v[i - 1].hash)
			keep_one(t, ino, all, i);
}

/* -- names ------------------------------------------------------------------------------------------------------- */

struct each {
	int (*fn)(void *ctx, struct span name);
	void *ctx;
	int err;
};

static int each_record(void *ctx, struct span key, struct span value)
{
	struct each *each = ctx;
	struct xattr_rec list[XATTR_TIES_MAX];
	uint64_t ino, hash;
	size_t n;
	if (!key_parse_ino_hash(key, REC_UNLINKED, &ino, &hash))
		return 0; /* the inode itself */
	err_t e = value.p ? xattr_rec_decode(value, list, &n) : ERR_DAMAGED;
	if (e)
		return (int)e;
	for (size_t i = 0; i < n && !each->err; i++)
		each->err = each->fn(each->ctx, list[i].name);
	return each->err ? MAP_STOP : 0;
}

static int each_shown(struct fs *fs, uint64_t ino, struct each *each)
{
	cleanup(xattr_list_free) struct xattr_list all = { 0 };
	int err = xattr_shown_all(fs, ino, &all);
	for (size_t i = 0; !err && i < all.n; i++)
		err = each->fn(each->ctx, SPAN(all.v[i].name.b, all.v[i].name.len));
	return err;
}

int xattr_each(struct fs *fs, uint64_t ino, int (*fn)(void *ctx, struct span name), void *ctx)
{
	struct each each = { fn, ctx, 0 };
	if (is_shown(fs, ino))
		return each_shown(fs, ino, &each);
	struct rkey k = key_ino(REC_UNLINKED, ino);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), each_record, &each);
	int err = errno_of(damage_check(fs, e, ino, NULL, "an extended attribute"));
	return err ? err : each.err;
}
