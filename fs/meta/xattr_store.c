/* SPDX-License-Identifier: MIT */
#include "fs/meta/xattr_store.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/record.h"
#include "fs/core/name.h"

#include <string.h>
#include <sys/xattr.h>

struct xattrs {
	struct buf raw;
	struct xattr_rec list[DIRENT_TIES_MAX];
	size_t n;
	uint64_t hash;
};

static void xattrs_free(struct xattrs *x)
{
	buf_free(&x->raw);
}

static int xattrs_get(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct xattrs *x)
{
	int err = name_hash(fs, name, &x->hash);
	if (err)
		return err;
	struct rkey k = key_ino_hash(REC_XATTR, ino, x->hash);
	err_t e = record_get(fs, t, rkey_span(&k), &x->raw);
	x->n = 0;
	if (e == ERR_NOTFOUND)
		return 0;
	e = e ? e : xattr_decode(buf_span(&x->raw), x->list, &x->n);
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
	struct rkey k = key_ino_hash(REC_XATTR, ino, x->hash);
	if (!x->n) {
		txn_del(t->txn, rkey_span(&k));
		return;
	}
	xattr_encode(x->list, x->n, &value);
	txn_put(t->txn, rkey_span(&k), &value);
}

int xattr_get(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct buf *out)
{
	cleanup(xattrs_free) struct xattrs x = { .raw = BUF_INIT };
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

int xattr_set(struct fs *fs, struct change *t, uint64_t ino, const char *name, struct span value, int flags)
{
	cleanup(xattrs_free) struct xattrs x = { .raw = BUF_INIT };
	int err = xattrs_get(fs, t, ino, name, &x);
	if (err)
		return err;
	bool found;
	size_t i = xattrs_at(&x, name, &found);
	if (found && flags & XATTR_CREATE)
		return EEXIST;
	if (!found && flags & XATTR_REPLACE)
		return ENODATA;
	if (!found) {
		if (x.n == DIRENT_TIES_MAX)
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
	int err = xattrs_get(fs, t, ino, name, &x);
	if (err)
		return err;
	bool found;
	size_t i = xattrs_at(&x, name, &found);
	if (!found)
		return ENODATA;
	memmove(&x.list[i], &x.list[i + 1], (x.n - i - 1) * sizeof(x.list[0]));
	x.n--;
	xattrs_put(t, ino, &x);
	return 0;
}
