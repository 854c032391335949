/* SPDX-License-Identifier: MIT */
#include "vault/act/attrs.h"

#include "vault/act/put.h"
#include "vault/act/settle.h"
#include "vault/act/spot.h"

void attrs_fill(struct inode_head *h, struct stamp stamp, const struct act_attrs *attrs)
{
	for (size_t i = 0; i < attrs->n; i++) {
		const struct span v = attrs->v[i].value;
		h->attr[attrs->v[i].group] = (struct attr){
			.there = true,
			.stamp = stamp,
			.value = { .p = (uint8_t *)(uintptr_t)v.p, .len = v.len }, /* read only */
		};
	}
}

err_t attrs_put(struct act *a, uint64_t ino, struct stamp stamp, const struct act_attrs *attrs)
{
	struct inode_head h = { .ino = ino };
	attrs_fill(&h, stamp, attrs);
	return attrs->n ? put_attrs(a, &h) : ERR_OK;
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

/* Of a directory in all members. */
static err_t put_members(struct act *a, const struct tree_inos *members, struct stamp stamp, const struct change *c)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < members->n; i++)
		if (members->v[i] != INO_LOST)
			e = put_change(a, members->v[i], stamp, c);
	return e;
}

err_t attrs_put_dir(struct act *a, uint64_t dir, struct stamp stamp, const struct act_attrs *attrs)
{
	struct tree_inos members;
	err_t e = attrs ? spot_dir_members(a, dir, &members) : ERR_OK;
	return e == ERR_OK && attrs ? put_members(a, &members, stamp, &(struct change){ .attrs = attrs }) : e;
}

err_t attrs_put_entry(struct act *a, const struct tree_entry *x, struct stamp stamp, const struct act_attrs *attrs)
{
	struct tree_inos members;
	err_t e = attrs ? spot_members(a, x, &members) : ERR_OK;
	return e == ERR_OK && attrs ? put_members(a, &members, stamp, &(struct change){ .attrs = attrs }) : e;
}

/* x: what is shown; of a sibling it becomes a file of its own. */
static err_t change_entry(struct act *a, const struct tree_entry *x, const struct change *c, enum refusal *ret)
{
	struct tree_inos members;
	err_t e = ERR_OK;
	if (x && x->ino == INO_LOST) {
		*ret = REFUSED_BUSY;
		return ERR_OK;
	}
	if (x && x->sibling)
		e = settle_name(a, &(struct spot){ x->dir, spot_name(x->name) }, &x);
	if (e == ERR_OK)
		e = spot_members(a, x, &members);
	return e == ERR_OK ? put_members(a, &members, act_tick(a), c) : e;
}

static err_t change(struct act *a, const struct spot *at, const struct change *c, enum refusal *ret)
{
	const struct tree_entry *x;
	err_t e = spot_find(a, at, &x);
	*ret = e == ERR_OK && !x ? REFUSED_NOENT : REFUSED_NOT;
	return e == ERR_OK && !*ret ? change_entry(a, x, c, ret) : e;
}

static err_t change_number(struct act *a, uint64_t number, const struct change *c, enum refusal *ret)
{
	const struct tree_entry *x;
	*ret = REFUSED_NOT;
	err_t e = act_by_number(a, number, &x);
	if (e == ERR_NOTFOUND)
		*ret = REFUSED_NOENT;
	if (e != ERR_OK)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	const uint64_t ino = stand_in_meant(a->naming->stand_ins, number);
	if (x && x->version && !x->sibling && x->ino != ino) /* hidden behind an equal one */
		return put_change(a, ino, act_tick(a), c);
	return change_entry(a, x, c, ret);
}

err_t attrs_set(struct act *a, const struct spot *at, const struct act_attrs *attrs, enum refusal *ret)
{
	ACT_OPERATION(a);
	return change(a, at, &(struct change){ .attrs = attrs }, ret);
}

err_t attrs_set_number(struct act *a, uint64_t number, const struct act_attrs *attrs, enum refusal *ret)
{
	ACT_OPERATION(a);
	return change_number(a, number, &(struct change){ .attrs = attrs }, ret);
}

err_t attrs_set_xattr(struct act *a, const struct spot *at, const struct act_xattr *x, enum refusal *ret)
{
	ACT_OPERATION(a);
	return change(a, at, &(struct change){ .xattr = x }, ret);
}

err_t attrs_set_xattr_number(struct act *a, uint64_t number, const struct act_xattr *x, enum refusal *ret)
{
	ACT_OPERATION(a);
	return change_number(a, number, &(struct change){ .xattr = x }, ret);
}
