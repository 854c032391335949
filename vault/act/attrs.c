/* SPDX-License-Identifier: MIT */
#include "vault/act/attrs.h"

#include "vault/act/put.h"
#include "vault/act/settle.h"
#include "vault/act/spot.h"

err_t attrs_put(struct act *a, uint64_t ino, struct stamp stamp, const struct act_attrs *attrs)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < attrs->n; i++)
		e = put_attr(a, ino, attrs->v[i].group, stamp, attrs->v[i].value);
	return e;
}

static err_t put_xattr_value(struct act *a, uint64_t ino, struct stamp stamp, const struct act_xattr *x)
{
	struct xattr_value v = {
		.ino = ino,
		.hash = x->hash,
		.name = x->name,
		.stamp = stamp,
		.removed = x->removed,
		.value = { .p = (uint8_t *)(uintptr_t)x->value.p, .len = x->value.len }, /* read only */
	};
	return put_xattr(a, &v);
}

/* What is changed: one of them is NULL. */
struct change {
	const struct act_attrs *attrs;
	const struct act_xattr *xattr;
};

static err_t put_change(struct act *a, uint64_t ino, struct stamp stamp, const struct change *c)
{
	return c->xattr ? put_xattr_value(a, ino, stamp, c->xattr) : attrs_put(a, ino, stamp, c->attrs);
}

static err_t change(struct act *a, const struct spot *at, const struct change *c, enum refusal *ret)
{
	const struct tree_entry *x;
	struct tree_inos members;
	err_t e = spot_find(a, at, &x);
	*ret = e == ERR_OK && !x ? REFUSED_NOENT : REFUSED_NOT;
	if (e == ERR_OK && !*ret && x->ino == INO_LOST)
		*ret = REFUSED_BUSY;
	if (e != ERR_OK || *ret)
		return e;
	if (x->sibling)
		e = settle_name(a, at, &x);
	if (e == ERR_OK)
		e = spot_members(a, x, &members);
	if (e != ERR_OK)
		return e;
	struct stamp stamp = act_tick(a);
	for (size_t i = 0; e == ERR_OK && i < members.n; i++)
		if (members.v[i] != INO_LOST)
			e = put_change(a, members.v[i], stamp, c);
	return e;
}

err_t attrs_set(struct act *a, const struct spot *at, const struct act_attrs *attrs, enum refusal *ret)
{
	ACT_OPERATION(a);
	return change(a, at, &(struct change){ .attrs = attrs }, ret);
}

err_t attrs_set_xattr(struct act *a, const struct spot *at, const struct act_xattr *x, enum refusal *ret)
{
	ACT_OPERATION(a);
	return change(a, at, &(struct change){ .xattr = x }, ret);
}

err_t attrs_set_root(struct act *a, const struct act_attrs *attrs)
{
	ACT_OPERATION(a);
	return attrs_put(a, INO_ROOT, act_tick(a), attrs);
}

err_t attrs_set_root_xattr(struct act *a, const struct act_xattr *x)
{
	ACT_OPERATION(a);
	return put_xattr_value(a, INO_ROOT, act_tick(a), x);
}
