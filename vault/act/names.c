/* SPDX-License-Identifier: MIT */
#include "vault/act/names.h"

#include "vault/act/handles.h"
#include "vault/act/lives.h"
#include "vault/act/put.h"
#include "vault/act/removal.h"
#include "vault/act/settle.h"
#include "vault/act/spot.h"

static struct link_rec new_link(uint64_t ino, uint64_t lid, struct stamp stamp, const struct spot *at)
{
	struct link_rec l = { .ino = ino, .lid = lid, .life = stamp };
	l.where = (struct where){ .stamp = stamp, .at = *at, .seat = { stamp, 0 } };
	return l;
}

/* at: its directory is a member with a record. */
static err_t born(struct act *a, const struct spot *at, const struct act_new *n, uint64_t *ret_ino,
                  struct stamp *ret_stamp)
{
	struct stamp stamp = act_tick(a);
	struct inode_head head = { .type = n->type };
	struct version_rec version;
	err_t e = a->numbers->ino(a->numbers->ctx, stamp, &head.ino, &head.birth);
	if (e == ERR_OK) /* asks the tree, which is not derived anew before the end then */
		e = attrs_put_dir(a, at->dir, stamp, n->dir);
	if (e != ERR_OK)
		return e;
	const struct link_rec link = new_link(head.ino, LID_FIRST, stamp, at);
	attrs_fill(&head, stamp, &n->attrs);
	if (n->contents)
		version = contents_first(a, head.ino, stamp, n->contents);
	e = put_new(a, &(struct draft_file){ &head, &link, n->contents ? &version : NULL });
	if (e != ERR_OK)
		return e;
	*ret_ino = head.ino;
	*ret_stamp = stamp;
	return ERR_OK;
}

/* Nothing is there yet, and it can hold something: *ret_real is where a record says that it is. */
static err_t free_spot(struct act *a, const struct spot *at, struct spot *ret_real, enum refusal *ret)
{
	const struct tree_entry *x;
	err_t e = spot_find(a, at, &x);
	if (e == ERR_OK && x)
		*ret = REFUSED_EXISTS;
	if (e == ERR_OK && !*ret)
		e = spot_may_hold(a, at->dir, ret);
	if (e != ERR_OK || *ret)
		return e;
	*ret_real = *at;
	return spot_real(a, at->dir, 0, &ret_real->dir);
}

err_t names_create(struct act *a, const struct spot *at, const struct act_new *n, uint64_t *ret_ino, enum refusal *ret)
{
	ACT_OPERATION(a);
	struct spot real;
	struct stamp stamp;
	*ret = REFUSED_NOT;
	err_t e = free_spot(a, at, &real, ret);
	return e == ERR_OK && !*ret ? born(a, &real, n, ret_ino, &stamp) : e;
}

/* `at`, or the first conflict name of it that is free. */
static err_t free_name(struct act *a, const struct act_handle *h, const struct spot *at, struct spot *ret)
{
	char who[CONFLICT_WHO];
	a->naming->who(a->naming->ctx, &h->version, h->time, who);
	*ret = *at;
	for (unsigned count = 1;; count++) {
		const struct tree_entry *x;
		err_t e = spot_find(a, ret, &x);
		if (e != ERR_OK || !x)
			return e;
		conflict_name(spot_span(&at->name), who, count, &ret->name);
	}
}

err_t names_create_again(struct act *a, struct act_handle *h, const struct spot *at, const struct act_new *n,
                         enum refusal *ret)
{
	ACT_OPERATION(a);
	struct spot wanted, real;
	struct stamp stamp;
	uint64_t ino;
	*ret = REFUSED_NOT;
	err_t e = free_name(a, h, at, &wanted);
	if (e == ERR_OK)
		e = free_spot(a, &wanted, &real, ret);
	if (e == ERR_OK && !*ret)
		e = born(a, &real, n, &ino, &stamp);
	if (e != ERR_OK || *ret)
		return e;
	handles_move(a, h, ino);
	h->shown = ino;
	h->lid = LID_FIRST;
	h->version = h->root = (struct version_id){ stamp, n->contents->tag };
	h->time = a->numbers->now(a->numbers->ctx, stamp);
	return ERR_OK;
}

/* x: what has the name; dir: where it comes or goes. Before what puts them there or takes them away. */
static err_t put_along(struct act *a, const struct act_along *along, const struct tree_entry *x, uint64_t dir,
                       struct stamp stamp)
{
	if (!along)
		return ERR_OK;
	err_t e = attrs_put_dir(a, dir, stamp, along->dir);
	return e == ERR_OK ? attrs_put_entry(a, x, stamp, along->file) : e;
}

/* A revived file stays when another link appears. */
static err_t stay(struct act *a, const struct tree_entry *x)
{
	const struct tree *t;
	const struct tree_link *l;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_link(t, x->ino, x->lid, &l);
	return e == ERR_OK && l->removed ? lives_begin(a, x->ino, x->lid) : e;
}

err_t names_link(struct act *a, const struct spot *from, const struct spot *to, const struct act_along *along,
                 enum refusal *ret)
{
	ACT_OPERATION(a);
	const struct tree_entry *x;
	struct spot real;
	uint64_t lid;
	err_t e = spot_find(a, from, &x);
	*ret = e == ERR_OK && !x ? REFUSED_NOENT : REFUSED_NOT;
	if (e == ERR_OK && x && !x->version)
		*ret = REFUSED_PERM;
	if (e == ERR_OK && !*ret)
		e = free_spot(a, to, &real, ret);
	if (e != ERR_OK || *ret)
		return e;
	if (x->sibling)
		e = settle_name(a, from, &x);
	if (e == ERR_OK)
		e = stay(a, x);
	if (e == ERR_OK)
		e = lives_bury(a, x->ino);
	if (e == ERR_OK)
		e = spot_real(a, to->dir, 0, &real.dir);
	struct stamp stamp = act_tick(a);
	if (e == ERR_OK)
		e = a->numbers->lid(a->numbers->ctx, stamp, &lid);
	if (e == ERR_OK)
		e = put_along(a, along, x, to->dir, stamp);
	if (e != ERR_OK)
		return e;
	const struct link_rec l = new_link(x->ino, lid, stamp, &real);
	return put_link(a, &l);
}

err_t names_unlink(struct act *a, const struct spot *at, const struct act_along *along, enum refusal *ret)
{
	ACT_OPERATION(a);
	const struct tree_entry *x;
	err_t e = spot_find(a, at, &x);
	*ret = e == ERR_OK && !x ? REFUSED_NOENT : REFUSED_NOT;
	if (e == ERR_OK && x && !x->version)
		*ret = REFUSED_ISDIR;
	if (e != ERR_OK || *ret)
		return e;
	e = settle_name(a, at, &x);
	if (e == ERR_OK)
		e = lives_reaffirm(a, at->dir);
	struct stamp stamp = act_tick(a);
	if (e == ERR_OK)
		e = put_along(a, along, x, at->dir, stamp);
	return e == ERR_OK ? removal_put(a, x->ino, x->lid, stamp, NULL) : e;
}

static err_t may_rmdir(struct act *a, const struct spot *at, const struct tree_entry **ret_x, enum refusal *ret)
{
	const struct tree *t;
	bool empty = true;
	err_t e = spot_find(a, at, ret_x);
	if (e != ERR_OK)
		return e;
	*ret = *ret_x ? REFUSED_NOT : REFUSED_NOENT;
	if (*ret_x && (*ret_x)->version)
		*ret = REFUSED_NOTDIR;
	if (*ret)
		return ERR_OK;
	e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_is_empty(t, (*ret_x)->ino, &empty);
	if (!empty)
		*ret = REFUSED_NOTEMPTY;
	else if ((*ret_x)->ino == INO_LOST)
		*ret = REFUSED_BUSY;
	return e;
}

err_t names_rmdir(struct act *a, const struct spot *at, const struct act_along *along, enum refusal *ret)
{
	ACT_OPERATION(a);
	const struct tree_entry *x;
	struct tree_inos members;
	err_t e = may_rmdir(a, at, &x, ret);
	if (e != ERR_OK || *ret)
		return e;
	e = settle_name(a, at, &x);
	if (e == ERR_OK)
		e = lives_reaffirm(a, at->dir);
	if (e == ERR_OK)
		e = spot_members(a, x, &members);
	if (e != ERR_OK)
		return e;
	struct stamp stamp = act_tick(a);
	e = put_along(a, along, x, at->dir, stamp);
	for (size_t i = 0; e == ERR_OK && i < members.n; i++)
		if (members.v[i] != INO_LOST)
			e = removal_put(a, members.v[i], LID_FIRST, stamp, NULL);
	return e;
}
