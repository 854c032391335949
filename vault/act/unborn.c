/* SPDX-License-Identifier: MIT */
#include "vault/act/unborn.h"

#include "vault/join/draft_drop.h"
#include "vault/join/shared_key.h"
#include "vault/shown/u64s.h"
#include "vault/tree/copy.h"

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

/* -- what is born ------------------------------------------------------------------------------------------------- */

static err_t recorded(const struct view *v, uint64_t ino, bool *ret)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct shared_key k = shared_key_ino(SHARED_INODE, ino);
	err_t e = v->get(v->ctx, shared_key_span(&k), &value);
	*ret = e == ERR_OK;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* is_born: a copy is not: another device may make the same one. */
static err_t is_born(struct act *a, uint64_t ino, bool *ret)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	bool other = false;
	*ret = false;
	err_t e = recorded(a->base, ino, &other);
	if (e != ERR_OK || other)
		return e;
	e = shared_place(act_shown(a), ino, &s);
	if (e == ERR_OK && copy_number(ino))
		e = recorded(act_shown(a), copy_origin(s.head.birth), &other);
	*ret = e == ERR_OK && !other;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t list_born(struct act *a, struct u64s *ret)
{
	const struct records *said = draft_records(a->open);
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < said->n; i++) {
		struct shared_name key;
		bool born = false;
		if (shared_key_parse(records_key(said->v[i]), &key) != ERR_OK || key.kind != SHARED_INODE)
			continue;
		e = is_born(a, key.ino, &born);
		if (e == ERR_OK && born)
			e = u64s_add(ret, key.ino);
	}
	return e;
}

/* -- all of them, at the close ------------------------------------------------------------------------------------ */

static err_t forget(struct act *a, uint64_t ino, const struct unborn_told *told)
{
	err_t e = told ? told->fn(told->ctx, ino) : ERR_OK;
	if (e == ERR_OK)
		e = act_writes(a, ino);
	return e == ERR_OK ? draft_drop_inode(a->open, ino) : e;
}

/* One round: *any: something was forgotten, so what it named may go as well. `born` keeps the others. */
static err_t forget_some(struct act *a, struct u64s *born, const struct unborn_told *told, bool *any)
{
	cleanup(u64s_free) struct u64s named = { 0 };
	bool listed = false;
	size_t kept = 0;
	err_t e = ERR_OK;
	*any = false;
	for (size_t i = 0; e == ERR_OK && i < born->n; i++) {
		uint64_t ino = born->v[i];
		bool alive = true;
		e = is_alive(a, ino, &alive);
		if (e == ERR_OK && !alive && !listed)
			e = list_named(a, &named);
		listed |= !alive;
		if (e != ERR_OK || alive || u64s_has(&named, ino)) {
			born->v[kept++] = ino;
			continue;
		}
		e = forget(a, ino, told);
		*any = true;
	}
	born->n = kept;
	return e;
}

err_t unborn_list(struct act *a, const struct u64s *some, struct u64s *ret)
{
	ACT_OPERATION(a);
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < some->n; i++) {
		bool born = false, alive = true;
		e = is_born(a, some->v[i], &born);
		if (e == ERR_OK && born)
			e = is_alive(a, some->v[i], &alive);
		if (e == ERR_OK && !alive)
			e = u64s_add(ret, some->v[i]);
	}
	u64s_sort(ret);
	return e;
}

static err_t take_born(const struct u64s *among, struct u64s *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < among->n; i++)
		e = u64s_add(ret, among->v[i]);
	return e;
}

err_t unborn_forget(struct act *a, const struct u64s *among, const struct unborn_told *told)
{
	ACT_OPERATION(a);
	cleanup(u64s_free) struct u64s born = { 0 };
	bool any = true;
	err_t e = among ? take_born(among, &born) : list_born(a, &born);
	while (e == ERR_OK && any)
		e = forget_some(a, &born, told, &any);
	return e;
}

/* -- one, at once ------------------------------------------------------------------------------------------------- */

/* is_final: nothing brings the link back: by a rename it was removed only for what this device alone can move again,
 * which confirms the removal before. */
static err_t is_final(struct act *a, const struct link_rec *l, bool *ret)
{
	*ret = l->is_removed;
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && !*ret && i < l->replaced_n; i++) {
		cleanup(link_rec_free) struct link_rec by = { 0 };
		const struct partner *p = &l->replaced[i].by;
		bool born = false;
		e = is_born(a, p->ino, &born);
		if (e == ERR_OK && born)
			e = shared_link(act_shown(a), p->ino, p->lid, &by);
		*ret = e == ERR_OK && born && stamp_cmp(by.life, p->life) == 0;
	}
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* add_leaning: what is void on this link. */
static err_t add_leaning(struct act *a, const struct link_rec *l, struct u64s *named)
{
	const struct tree *t;
	struct tree_links bound;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_bound(t, l->ino, l->lid, &bound);
	for (size_t i = 0; e == ERR_OK && i < bound.n; i++) {
		cleanup(link_rec_free) struct link_rec other = { 0 };
		e = shared_link(act_shown(a), bound.v[i]->ino, bound.v[i]->lid, &other);
		if (e == ERR_OK)
			e = add_link(a, &other, named);
	}
	return e;
}

/* may_go: of one that is gone. */
static err_t may_go(struct act *a, uint64_t ino, bool *ret)
{
	cleanup(u64s_free) struct u64s named = { 0 };
	cleanup(link_list_free) struct link_list links = { 0 };
	err_t e = shared_links(act_shown(a), ino, &links);
	*ret = true;
	for (size_t i = 0; e == ERR_OK && *ret && i < links.n; i++) {
		e = is_final(a, &links.v[i], ret);
		if (e == ERR_OK && *ret)
			e = add_leaning(a, &links.v[i], &named);
	}
	u64s_sort(&named);
	*ret = *ret && e == ERR_OK && !u64s_has(&named, ino);
	return e;
}

err_t unborn_drop(struct act *a, uint64_t ino, bool *ret)
{
	ACT_OPERATION(a);
	bool born = false, alive = true;
	*ret = false;
	err_t e = is_born(a, ino, &born);
	if (e == ERR_OK && born)
		e = is_alive(a, ino, &alive);
	if (e == ERR_OK && !alive)
		e = may_go(a, ino, ret);
	return e == ERR_OK && *ret ? forget(a, ino, NULL) : e;
}
