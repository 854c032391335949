/* SPDX-License-Identifier: MIT */
#include "vault/act/lives.h"

#include "vault/act/heirs.h"
#include "vault/act/put.h"
#include "vault/act/spot.h"
#include "vault/join/version_set.h"

static bool is_bound(const struct partner *p, const struct link_rec *to)
{
	return p->ino == to->ino && p->lid == to->lid && stamp_cmp(p->life, to->life) == 0;
}

static bool has_all(const struct version_set *all, const struct version_set *some)
{
	for (size_t i = 0; i < some->n; i++)
		if (!version_set_has(all, some->v[i]))
			return false;
	return true;
}

/* What those of its removals by rename saw that are bound to `me` and that no plain removal stands for. *any: is there
 * one? */
static err_t unconfirmed(const struct link_rec *l, const struct link_rec *me, struct version_set *seen, bool *any)
{
	for (size_t i = 0; i < l->replaced_n; i++) {
		const struct replacement *r = &l->replaced[i];
		if (!is_bound(&r->by, me) || (l->is_removed && has_all(&l->removed.seen, &r->seen)))
			continue;
		*any = true;
		if (!version_set_unite(seen, &r->seen))
			return ERR_NOMEM;
	}
	return ERR_OK;
}

static err_t confirm_removal(struct act *a, struct link_rec *l, const struct link_rec *me)
{
	cleanup(version_set_free) struct version_set seen = { 0 };
	bool any = false;
	err_t e = unconfirmed(l, me, &seen, &any);
	if (e != ERR_OK || !any)
		return e;
	version_set_free(&l->removed.seen);
	l->is_removed = true;
	l->removed = (struct removal){ me->life, seen, act_tick(a) };
	seen = (struct version_set){ 0 };
	return put_link(a, l);
}

/* Shown: a file of which a link is live, a directory that is a member of one. */
static err_t is_shown(struct act *a, uint64_t ino, bool *ret)
{
	const struct tree *t;
	const struct tree_file *f;
	const struct tree_dir *d;
	err_t e = act_tree(a, &t);
	if (e != ERR_OK)
		return e;
	e = tree_file(t, ino, &f);
	if (e == ERR_OK)
		*ret = f->live_n > 0;
	if (e != ERR_NOTFOUND)
		return e;
	e = tree_dir(t, ino, &d);
	*ret = e == ERR_OK;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static bool is_half(const struct link_rec *l, const struct link_rec *me)
{
	return l->where.has_half && is_bound(&l->where.half.with, me);
}

/* The place gets a greater stamp, and that of a directory decides which move of a cycle is void. */
static err_t settle_cycles(struct act *a, struct link_rec *l)
{
	const struct tree *t;
	const struct tree_file *f;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, l->ino, &f);
	if (e != ERR_NOTFOUND)
		return e;
	struct link_rec now = { 0 };
	e = lives_settle_voided(a);
	if (e == ERR_OK)
		e = shared_link(act_shown(a), l->ino, l->lid, &now);
	if (e != ERR_OK)
		return e;
	link_rec_free(l);
	*l = now;
	return ERR_OK;
}

static err_t confirm_half(struct act *a, struct link_rec *l, const struct link_rec *me, bool shown)
{
	if (!is_half(l, me) || !shown)
		return ERR_OK;
	err_t e = settle_cycles(a, l);
	if (e != ERR_OK)
		return e;
	l->where.has_half = false;
	l->where.stamp = act_tick(a);
	return put_link(a, l);
}

/* `shown`: is it, before anything is confirmed? */
static err_t confirm_bound(struct act *a, const struct tree_link *bound, const struct link_rec *me, bool shown)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	err_t e = shared_link(act_shown(a), bound->ino, bound->lid, &l);
	if (e == ERR_OK)
		e = confirm_removal(a, &l, me);
	if (e == ERR_OK)
		e = confirm_half(a, &l, me, shown);
	return e;
}

err_t lives_confirm(struct act *a, uint64_t ino, uint64_t lid)
{
	cleanup(link_rec_free) struct link_rec me = { 0 };
	const struct tree *t;
	struct tree_links bound;
	err_t e = shared_link(act_shown(a), ino, lid, &me);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	if (e == ERR_OK)
		e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_bound(t, ino, lid, &bound);
	cleanup_free bool *shown = e == ERR_OK ? calloc(bound.n + 1, sizeof(*shown)) : NULL;
	if (e == ERR_OK && !shown)
		return ERR_NOMEM;
	for (size_t i = 0; e == ERR_OK && i < bound.n; i++)
		e = is_shown(a, bound.v[i]->ino, &shown[i]);
	for (size_t i = 0; e == ERR_OK && i < bound.n; i++)
		e = confirm_bound(a, bound.v[i], &me, shown[i]);
	return e;
}

err_t lives_confirm_all(struct act *a, const struct tree_entry *entry)
{
	struct tree_inos members;
	err_t e = spot_members(a, entry, &members);
	for (size_t i = 0; e == ERR_OK && i < members.n; i++)
		e = lives_confirm(a, members.v[i], entry->lid);
	return e;
}

err_t lives_begin(struct act *a, uint64_t ino, uint64_t lid)
{
	struct link_rec l = { .ino = ino, .lid = lid };
	err_t e = lives_bury(a, ino);
	if (e == ERR_OK)
		e = lives_confirm(a, ino, lid);
	if (e == ERR_OK)
		e = spot_counts(a, ino, lid, &l.where);
	if (e != ERR_OK)
		return e;
	l.life = act_tick(a);
	return put_link(a, &l);
}

static err_t all_revived(const struct tree *t, const struct tree_dir *d, bool *ret)
{
	bool all = d->ino != INO_LOST;
	for (size_t i = 0; all && i < d->members_n; i++) {
		if (d->members[i] == INO_LOST)
			continue;
		err_t e = tree_is_revived(t, d->members[i], &all);
		if (e != ERR_OK)
			return e;
	}
	*ret = all;
	return ERR_OK;
}

err_t lives_reaffirm(struct act *a, uint64_t dir)
{
	const struct tree *t;
	const struct tree_dir *d;
	bool revived;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_dir(t, dir, &d);
	if (e == ERR_OK)
		e = all_revived(t, d, &revived);
	if (e != ERR_OK || !revived)
		return e;
	e = lives_settle_voided(a);
	if (e == ERR_OK)
		e = lives_settle_revived(a, dir);
	return e == ERR_OK ? lives_begin(a, d->ino, LID_FIRST) : e;
}

/* Which link of the file is shown; *depends: another one is in `dir`, or below it. */
static err_t look_at_links(const struct tree *t, const struct tree_file *f, uint64_t dir, uint64_t *shown,
                           bool *depends)
{
	err_t e = ERR_OK;
	*depends = false;
	for (size_t i = 0; i < f->links_n && e == ERR_OK; i++) {
		bool inside = false;
		if (f->links[i].live)
			*shown = f->links[i].lid;
		else
			e = tree_hangs_in(t, f->links[i].dir, dir, &inside);
		*depends |= inside;
	}
	return e;
}

struct shown_link { /* of a revived file the link that is shown */
	uint64_t ino, lid;
	bool depends;
};

/* All are looked at before any gets a new life. */
static err_t look_at_revived(const struct tree *t, const struct tree_inos *files, uint64_t dir, struct shown_link *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < files->n; i++) {
		const struct tree_file *f;
		ret[i] = (struct shown_link){ .ino = files->v[i], .lid = LID_FIRST };
		e = tree_file(t, files->v[i], &f);
		if (e == ERR_OK)
			e = look_at_links(t, f, dir, &ret[i].lid, &ret[i].depends);
	}
	return e;
}

err_t lives_settle_revived(struct act *a, uint64_t dir)
{
	const struct tree *t;
	struct tree_inos files;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_revived(t, &files);
	if (e != ERR_OK || !files.n)
		return e;
	cleanup_free struct shown_link *links = calloc(files.n, sizeof(*links));
	e = links ? look_at_revived(t, &files, dir, links) : ERR_NOMEM;
	for (size_t i = 0; e == ERR_OK && i < files.n; i++)
		if (links[i].depends)
			e = lives_begin(a, links[i].ino, links[i].lid);
	return e;
}

struct voided { /* a directory whose move is void: by its name there, and the one that shows it */
	uint64_t ino;
	const struct tree_dir *d, *above;
};

static err_t settle_void(struct act *a, const struct voided *v)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	struct span shown = v->d->entry->name;
	err_t e = shared_link(act_shown(a), v->ino, LID_FIRST, &l);
	if (e != ERR_OK)
		return e;
	struct spot back = l.where.has_back ? l.where.back : (struct spot){ INO_ROOT, spot_name(shown) };
	uint64_t at = back.dir;
	if (!tree_dir_has(v->above, at))
		e = spot_real(a, v->above->ino, l.where.at.dir, &at);
	if (e != ERR_OK)
		return e;
	struct stamp stamp = act_tick(a);
	l.where = (struct where){
		.stamp = stamp, .at = { at, spot_name(shown) }, .seat = { stamp, 0 }, .has_back = true, .back = back
	};
	return put_link(a, &l);
}

/* All are looked at before any is written down. */
static err_t look_at_voided(const struct tree *t, const struct tree_inos *inos, struct voided *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < inos->n; i++) {
		ret[i].ino = inos->v[i];
		e = tree_dir(t, ret[i].ino, &ret[i].d);
		if (e == ERR_OK)
			e = tree_dir(t, ret[i].d->up, &ret[i].above);
	}
	return e;
}

err_t lives_settle_voided(struct act *a)
{
	const struct tree *t;
	struct tree_inos inos;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_voided(t, &inos);
	if (e != ERR_OK || !inos.n)
		return e;
	cleanup_free struct voided *v = calloc(inos.n, sizeof(*v));
	e = v ? look_at_voided(t, &inos, v) : ERR_NOMEM;
	for (size_t i = 0; e == ERR_OK && i < inos.n; i++)
		e = settle_void(a, &v[i]);
	return e;
}

err_t lives_bury(struct act *a, uint64_t ino)
{
	const struct tree *t;
	const struct tree_file *f;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, ino, &f);
	if (e != ERR_OK)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	e = heirs_confirm(a, f);
	for (size_t i = f->shown_n; e == ERR_OK && i < f->versions_n; i++)
		e = put_gone(a, f->versions[i].home, f->versions[i].id);
	return e;
}
