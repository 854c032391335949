/* SPDX-License-Identifier: MIT */
#include "fs/meta/xattr_shown.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/name.h"
#include "vault/act/attrs.h"
#include "vault/act/spot.h"
#include "vault/join/shared.h"
#include "vault/work/ask.h"

/* drop_removed: what stays as a mark only. */
static void drop_removed(struct xattr_list *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].removed)
			xattr_value_free(&l->v[i]);
		else
			l->v[n++] = l->v[i];
	}
	l->n = n;
}

int xattr_shown_all(struct fs *fs, uint64_t ino, struct xattr_list *ret)
{
	struct work_number n;
	err_t e = work_number(fs->cfg.work, ino, &n);
	if (!e)
		e = shared_xattrs(work_view(fs->cfg.work), n.home, ret);
	if (!e)
		drop_removed(ret);
	return errno_of(damage_check(fs, e, ino, NULL, "an extended attribute"));
}

int xattr_shown_get(struct fs *fs, uint64_t ino, const char *name, struct buf *out)
{
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	int err = xattr_shown_all(fs, ino, &l);
	for (size_t i = 0; !err && i < l.n; i++) {
		if (span_cmp(spot_span(&l.v[i].name), span_str(name)) != 0)
			continue;
		buf_clear(out);
		buf_put(out, l.v[i].value.p, l.v[i].value.len);
		return errno_of(buf_ok(out));
	}
	return err ? err : ENODATA;
}

int xattr_shown_set(struct change *t, uint64_t ino, const char *name, const struct span *value)
{
	struct act_xattr x = { .name = spot_name(span_str(name)), .removed = !value };
	enum refusal refusal = REFUSED_NOT;
	struct act *a;
	if (value)
		x.value = *value;
	int err = name_hash(t->fs, name, &x.hash);
	if (err)
		return err;
	err_t e = change_act(t, &a);
	if (!e)
		e = attrs_set_xattr_number(a, ino, &x, &refusal);
	return errno_refused(e, refusal);
}
