/* SPDX-License-Identifier: MIT */
#include "vault/act/unborn.h"

#include "vault/join/shared_key.h"

/* Is `ino` bound to a life that it has no more? What hangs on it does not hold then, and must not by its going. */
static err_t is_void(struct act *a, const struct partner *p, uint64_t ino, bool *named)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	if (p->ino != ino)
		return ERR_OK;
	err_t e = shared_link(act_shown(a), p->ino, p->lid, &l);
	*named |= e == ERR_OK && stamp_cmp(l.life, p->life) != 0;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t link_names(struct act *a, const struct link_rec *l, uint64_t ino, bool *named)
{
	const struct where *w = &l->where;
	err_t e = ERR_OK;
	*named |= w->at.dir == ino || (w->has_back && w->back.dir == ino);
	if (w->has_half) {
		*named |= w->half.before.dir == ino;
		e = is_void(a, &w->half.with, ino, named);
	}
	for (size_t i = 0; e == ERR_OK && i < l->replaced_n; i++)
		e = is_void(a, &l->replaced[i].by, ino, named);
	return e;
}

/* Only what the changeset says can name what it made. */
static err_t is_named(struct act *a, uint64_t ino, bool *ret)
{
	const struct records *said = draft_records(a->open);
	err_t e = ERR_OK;
	*ret = false;
	for (size_t i = 0; e == ERR_OK && !*ret && i < said->n; i++) {
		cleanup(link_rec_free) struct link_rec l = { 0 };
		struct shared_name key;
		e = shared_key_parse(records_key(said->v[i]), &key);
		if (e == ERR_NOTFOUND || (e == ERR_OK && key.kind != SHARED_INODE && key.kind != SHARED_LINK)) {
			e = ERR_OK;
			continue;
		}
		if (e == ERR_OK)
			e = shared_link(act_shown(a), key.ino, key.kind == SHARED_LINK ? key.number : LID_FIRST, &l);
		if (e == ERR_OK)
			e = link_names(a, &l, ino, ret);
		if (e == ERR_NOTFOUND)
			e = ERR_OK;
	}
	return e;
}

/* Shown, or hidden behind an equal file, or a version of it is in a file that was split from it. */
static err_t is_alive(struct act *a, uint64_t ino, bool *ret)
{
	const struct tree *t;
	const struct tree_dir *d;
	const struct tree_file *f;
	err_t e = act_tree(a, &t);
	if (e != ERR_OK)
		return e;
	e = tree_file(t, ino, &f);
	*ret = e == ERR_OK && f->live_n > 0;
	if (e != ERR_NOTFOUND)
		return e;
	e = tree_dir(t, ino, &d);
	*ret = e == ERR_OK;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* One round: *any: something was forgotten, so what it named may go as well. */
static err_t forget_some(struct act *a, bool *any)
{
	size_t kept = 0;
	err_t e = ERR_OK;
	*any = false;
	for (size_t i = 0; i < a->born_n; i++) {
		uint64_t ino = a->born[i];
		bool alive = true, named = false;
		if (e == ERR_OK)
			e = is_alive(a, ino, &alive);
		if (e == ERR_OK && !alive)
			e = is_named(a, ino, &named);
		if (e != ERR_OK || alive || named) {
			a->born[kept++] = ino;
			continue;
		}
		e = act_writes(a, ino);
		if (e == ERR_OK)
			e = draft_drop_inode(a->open, ino);
		*any = true;
	}
	a->born_n = kept;
	return e;
}

err_t unborn_forget(struct act *a)
{
	ACT_OPERATION(a);
	bool any = true;
	err_t e = ERR_OK;
	while (e == ERR_OK && any)
		e = forget_some(a, &any);
	if (e == ERR_OK)
		a->born_n = 0;
	return e;
}
