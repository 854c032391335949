/* SPDX-License-Identifier: MIT */
#include "vault/act/put.h"

#include "vault/join/draft_drop.h"
#include "vault/join/inode_head.h"
#include "vault/join/version.h"
#include "vault/join/xattr_map.h"

err_t put_link(struct act *a, const struct link_rec *l)
{
	err_t e = act_writes(a, l->ino);
	return e == ERR_OK ? draft_put_link(a->open, l) : e;
}

err_t put_head(struct act *a, const struct inode_head *h)
{
	err_t e = act_writes(a, h->ino);
	return e == ERR_OK ? draft_put_head(a->open, h) : e;
}

err_t put_new(struct act *a, const struct draft_file *f)
{
	err_t e = act_writes_new(a, f->head->ino);
	return e == ERR_OK ? draft_put_new(a->open, f) : e;
}

err_t put_attrs(struct act *a, const struct inode_head *h)
{
	return draft_put_head(a->open, h); /* the tree has none */
}

err_t put_xattr(struct act *a, const struct xattr_value *x)
{
	return draft_put_xattr(a->open, x); /* likewise */
}

static err_t copy_xattrs(struct act *a, uint64_t from, uint64_t to)
{
	cleanup(xattr_list_free) struct xattr_list list = { 0 };
	err_t e = shared_xattrs(act_shown(a), from, &list);
	for (size_t i = 0; e == ERR_OK && i < list.n; i++) {
		list.v[i].ino = to;
		e = put_xattr(a, &list.v[i]);
	}
	return e;
}

err_t put_copy_attributes(struct act *a, uint64_t from, uint64_t to)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	err_t e = shared_inode(act_shown(a), from, &s);
	if (e == ERR_OK) {
		struct inode_head attributes = s.head;
		attributes.ino = to;
		attributes.type = 0;
		e = put_head(a, &attributes);
	}
	return e == ERR_OK ? copy_xattrs(a, from, to) : e;
}

err_t put_version(struct act *a, const struct version_rec *v)
{
	err_t e = act_writes(a, v->ino);
	return e == ERR_OK ? draft_put_version(a->open, v) : e;
}

err_t put_gone(struct act *a, uint64_t home, struct version_id id)
{
	cleanup(version_rec_free) struct version_rec v = { 0 };
	err_t e = shared_version(act_shown(a), home, id, &v);
	if (e != ERR_OK || v.gone)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	v.gone = true;
	return put_version(a, &v);
}

err_t put_drop_version(struct act *a, uint64_t home, struct version_id id)
{
	err_t e = act_writes(a, home);
	return e == ERR_OK ? draft_drop_version(a->open, home, id) : e;
}
