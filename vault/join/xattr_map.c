/* SPDX-License-Identifier: MIT */
#include "vault/join/xattr_map.h"

#include "util/cleanup.h"
#include "util/vec.h"

#include <string.h>

enum { XATTR_NAMES = 1, XATTR_VALUE = 1 };
#define ACCESS_ACL "system.posix_acl_access"

void xattr_value_free(struct xattr_value *x)
{
	buf_wipe_free(&x->value);
	*x = (struct xattr_value){ 0 };
}

void xattr_list_free(struct xattr_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		xattr_value_free(&l->v[i]);
	free(l->v);
	*l = (struct xattr_list){ 0 };
}

static bool get_name(const struct group_node *k, struct name *n)
{
	if (k->bytes.len == 0 || k->bytes.len > NAME_BYTES || memchr(k->bytes.p, 0, k->bytes.len))
		return false;
	n->len = (uint8_t)k->bytes.len;
	memcpy(n->b, k->bytes.p, n->len);
	return stamp_cmp(k->stamp, STAMP_ZERO) == 0 && span_cmp(k->bytes, span_str(ACCESS_ACL));
}

static bool value_ok(const struct group_node *g)
{
	struct rd r = RD(g->bytes);
	uint8_t there = rd_u8(&r);
	return g->class == GROUP_VALUE && !r.bad && there <= 1 && r.left <= (there ? XATTR_BYTES_MAX : 0);
}

/* read_one: whether there is one; false without `odd`: nothing is said of its value. */
static bool read_one(const struct group_node *k, struct xattr_value *x, bool *odd)
{
	const struct group_node *g = group_find(group_inside(k), XATTR_VALUE);
	bool fine = get_name(k, &x->name) && (!g || value_ok(g));
	*odd |= !fine || !group_only(group_inside(k), 1 << XATTR_VALUE);
	if (!fine || !g)
		return false;
	struct rd r = RD(g->bytes);
	x->stamp = g->stamp;
	x->removed = !rd_u8(&r);
	buf_put(&x->value, r.p, r.left);
	return true;
}

err_t xattr_map_read(struct nodes list, uint64_t ino, uint64_t hash, struct xattr_list *l, bool *odd)
{
	const struct group_node *g = group_find(list, XATTR_NAMES);
	struct nodes keys = g && g->class == GROUP_MAP ? group_inside(g) : (struct nodes){ 0 };
	*odd |= g && g->class != GROUP_MAP;
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size) {
		if (!vec_room(l->v, l->n, 1, &l->cap))
			return ERR_NOMEM;
		struct xattr_value *x = &l->v[l->n];
		*x = (struct xattr_value){ .ino = ino, .hash = hash };
		l->n += read_one(k, x, odd);
		if (x->value.failed)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

void xattr_map_write(struct record *r, const struct xattr_value *x)
{
	cleanup(buf_wipe_free) struct buf out = BUF_INIT;
	buf_u8(&out, x->removed ? 0 : 1);
	buf_put(&out, x->value.p, x->value.len);
	r->failed |= out.failed;
	size_t map = group_open(r, XATTR_NAMES, GROUP_MAP, STAMP_ZERO);
	size_t key = group_key(r, STAMP_ZERO, SPAN(x->name.b, x->name.len));
	group_value(r, XATTR_VALUE, x->stamp, buf_span(&out));
	group_close(r, key);
	group_close(r, map);
}
