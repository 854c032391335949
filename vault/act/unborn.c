/* SPDX-License-Identifier: MIT */
#include "vault/act/unborn.h"

#include "vault/join/shared_key.h"
#include "vault/shown/u64s.h"

/* add_void: what is bound to a life that it has no more: what hangs on it does not hold then, and must not by its
 * going. */
static err_t add_void(struct act *a, const struct partner *p, struct u64s *named)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	err_t e = shared_link(act_shown(a), p->ino, p->lid, &l);
	if (e == ERR_OK && stamp_cmp(l.life, p->life) != 0)
		e = u64s_add(named, p->ino);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t add_link(struct act *a, const struct link_rec *l, struct u64s *named)
{
	const struct where *w = &l->where;
	err_t e = u64s_add(named, w->at.dir);
	if (e == ERR_OK && w->has_back)
		e = u64s_add(named, w->back.dir);
	if (e == ERR_OK && w->has_half)
		e = u64s_add(named, w->half.before.dir);
	if (e == ERR_OK && w->has_half)
		e = add_void(a, &w->half.with, named);
	for (size_t i = 0; e == ERR_OK && i < l->replaced_n; i++)
		e = add_void(a, &l->replaced[i].by, named);
	return e;
}

/* list_named: only what the changeset says can name what it made. Once for all: everybody waits. */
static err_t list_named(struct act *a, struct u64s *named)
{
	const struct records *said = draft_records(a->open);
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < said->n; i++) {
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
			e = add_link(a, &l, named);
		if (e == ERR_NOTFOUND)
			e = ERR_OK;
	}
	u64s_sort(named);
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
	cleanup(u64s_free) struct u64s named = { 0 };
	bool listed = false;
	size_t kept = 0;
	err_t e = ERR_OK;
	*any = false;
	for (size_t i = 0; i < a->born_n; i++) {
		uint64_t ino = a->born[i];
		bool alive = true;
		if (e == ERR_OK)
			e = is_alive(a, ino, &alive);
		if (e == ERR_OK && !alive && !listed)
			e = list_named(a, &named);
		listed |= !alive;
		if (e != ERR_OK || alive || u64s_has(&named, ino)) {
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
