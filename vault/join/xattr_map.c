/* SPDX-License-Identifier: MIT */
#include "vault/join/xattr_map.h"

#include "util/cleanup.h"
#include "util/vec.h"

#include <string.h>

enum { XATTR_NAMES = 1, XATTR_VALUE = 1 };

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

static bool get_name(const struct node *k, struct name *n)
{
	if (k->bytes.len == 0 || k->bytes.len > NAME_BYTES || memchr(k->bytes.p, 0, k->bytes.len))
		return false;
	n->len = (uint8_t)k->bytes.len;
	memcpy(n->b, k->bytes.p, n->len);
	return stamp_cmp(k->stamp, STAMP_ZERO) == 0;
}

static bool get_value(const struct node *g, struct xattr_value *x)
{
	struct rd r = RD(g->bytes);
	uint8_t there = rd_u8(&r);
	x->stamp = g->stamp;
	x->removed = !there;
	buf_put(&x->value, r.p, r.left);
	return g->class == GROUP_VALUE && !r.bad && there <= 1 && r.left <= (there ? XATTR_BYTES_MAX : 0);
}

static err_t read_one(const struct node *k, struct xattr_value *x)
{
	const struct node *g = group_find(group_inside(k), XATTR_VALUE);
	if (!g || !get_name(k, &x->name) || !get_value(g, x))
		return ERR_DAMAGED;
	return buf_ok(&x->value);
}

err_t xattr_map_read(struct nodes list, uint64_t ino, uint64_t hash, struct xattr_list *l)
{
	const struct node *g = group_find(list, XATTR_NAMES);
	if (!g || g->class != GROUP_MAP)
		return ERR_DAMAGED;
	struct nodes keys = group_inside(g);
	for (const struct node *k = keys.v; k < group_end(keys); k += k->size) {
		if (!vec_room(l->v, l->n, 1, &l->cap))
			return ERR_NOMEM;
		l->v[l->n] = (struct xattr_value){ .ino = ino, .hash = hash };
		err_t e = read_one(k, &l->v[l->n++]);
		if (e)
			return e;
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
