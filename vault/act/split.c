/* SPDX-License-Identifier: MIT */
#include "vault/act/split.h"

#include "vault/act/handles.h"
#include "vault/act/heirs.h"
#include "vault/act/put.h"
#include "vault/act/spot.h"
#include "vault/act/versions.h"
#include "vault/join/version_set.h"
#include "vault/tree/copy.h"

/* What a sibling becomes. */
struct branch {
	const struct tree_file *of; /* as it was before */
	const struct tree_version *v;
	struct version_id id; /* its root; or the version alone, if another stands for the branch */
	struct copy copy;
};

static err_t branch_of(struct act *a, const struct tree_entry *x, const struct tree_version *v, struct branch *ret)
{
	const struct tree *t;
	ret->v = v;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, x->ino, &ret->of);
	return e == ERR_OK ? copy_of_version(ret->of, v, &ret->id, &ret->copy) : e;
}

/* Its place, as shown; stamp, life and seat are the branch's. */
static err_t put_place(struct act *a, const struct tree_entry *x, const struct branch *b)
{
	struct where beside;
	struct stamp stamp = b->id.stamp;
	struct link_rec l = { .ino = b->copy.ino, .lid = LID_FIRST, .life = stamp };
	err_t e = heirs_kept(a, b->v, &l);
	if (e == ERR_OK)
		e = spot_counts(a, x->ino, x->lid, &beside);
	l.where = (struct where){ .stamp = stamp, .at.name = spot_name(x->name), .seat = { stamp, 0 } };
	if (e == ERR_OK)
		e = spot_real(a, x->dir, beside.at.dir, &l.where.at.dir);
	return e == ERR_OK ? put_link(a, &l) : e;
}

static void handles_follow(struct act *a, uint64_t ino, struct version_id id, uint64_t copy)
{
	for (struct act_handle *h = handles_of(a, ino), *more; h; h = more) {
		more = handles_more(h);
		if (version_id_cmp(h->version, id) == 0)
			handles_move(a, h, copy);
	}
}

/* The others that equal it go: they were not shown beside it. */
static err_t equals_go(struct act *a, const struct branch *b)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < b->of->shown_n; i++) {
		const struct tree_version *w = &b->of->versions[i];
		if (id_eq(w->id.tag, b->v->id.tag) && version_id_cmp(w->id, b->v->id) != 0)
			e = put_gone(a, w->home, w->id);
	}
	return e;
}

err_t split_put(struct act *a, const struct tree_entry *x)
{
	const struct tree_version *v;
	struct branch b;
	err_t e = versions_find(a, x->ino, x->version->id, &v);
	if (e != ERR_OK || !v)
		return e;
	e = branch_of(a, x, v, &b);
	if (e == ERR_OK)
		e = put_place(a, x, &b);
	if (e == ERR_OK)
		e = put_head(a, &(struct inode_head){ .ino = b.copy.ino, .type = x->type, .birth = b.copy.birth });
	if (e == ERR_OK)
		e = put_copy_attributes(a, x->ino, b.copy.ino);
	if (e == ERR_OK)
		e = equals_go(a, &b);
	if (e == ERR_OK)
		handles_follow(a, x->ino, v->id, b.copy.ino);
	return e;
}
