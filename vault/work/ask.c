/* SPDX-License-Identifier: MIT
 * Each answer is read out of the records when it is asked for.
 */
#include "vault/work/ask.h"

#include "vault/act/spot.h"
#include "vault/changeset/joined_once.h"
#include "vault/shown/asked.h"
#include "vault/shown/children.h"
#include "vault/work/parts.h"

#include <sys/stat.h>

/* Where the answers to one question come from. Within an operation they are as that has left it. */
struct look {
	struct joined_once shown; /* what is read outside of an operation */
	struct context c;
	struct tree *mine;
	const struct tree *t;
};

static void look_end(struct look *l)
{
	tree_freep(&l->mine);
	joined_once_end(&l->shown);
}

static err_t look_begin(struct work *w, struct look *l)
{
	if (w->operating) {
		err_t e = act_context(&w->act, &l->c);
		return e ? e : act_tree(&w->act, &l->t);
	}
	joined_once_begin(&l->shown, &w->changeset->shown);
	l->c = (struct context){ joined_once_view(&l->shown), &w->local, w->cfg.hash, true };
	err_t e = asked_tree(&l->c, &w->naming, &l->mine);
	if (!e)
		l->t = l->mine;
	return e;
}

/* -- entries ----------------------------------------------------------------------------------------------------- */

err_t work_lookup(struct work *w, uint64_t dir, struct span name, struct work_entry *ret)
{
	cleanup(look_end) struct look l = { 0 };
	const struct tree_entry *x;
	struct work_entry found;
	err_t e = look_begin(w, &l);
	if (!e)
		e = tree_lookup(l.t, dir, name, &x);
	if (!e)
		e = tree_number_of(l.t, x, &found.ino);
	if (!e)
		e = shown_hash(w->cfg.hash, x->name, &found.hash);
	if (e)
		return e;
	found.type = x->type;
	found.name = spot_name(x->name);
	*ret = found;
	return ERR_OK;
}

struct visit {
	work_visit fn;
	void *ctx;
};

static err_t visit_child(void *ctx, const struct child *c)
{
	const struct visit *v = ctx;
	const struct work_entry x = { c->ino, c->type, c->hash, c->name };
	return v->fn(v->ctx, &x);
}

err_t work_children(struct work *w, uint64_t dir, uint64_t from, work_visit fn, void *ctx)
{
	cleanup(look_end) struct look l = { 0 };
	struct visit v = { fn, ctx };
	const struct tree_dir *d;
	err_t e = look_begin(w, &l);
	if (!e)
		e = tree_dir(l.t, dir, &d);
	return e ? e : children_visit(&l.c, &w->naming, (struct children_from){ d->ino, from }, visit_child, &v);
}

/* -- numbers ----------------------------------------------------------------------------------------------------- */

static void number_of(const struct tree_entry *x, struct work_number *ret)
{
	ret->home = x->ino;
	ret->type = x->type;
	ret->sibling = x->sibling;
	ret->at = (struct spot){ x->dir, spot_name(x->name) };
	if (x->version) {
		ret->version_home = x->version->home;
		ret->version = x->version->id;
	}
}

/* find_entry: *ret is NULL for the root. */
static err_t find_entry(struct work *w, uint64_t ino, struct look *l, const struct tree_entry **ret)
{
	err_t e = look_begin(w, l);
	return e ? e : tree_number(l->t, ino, ret);
}

err_t work_number(struct work *w, uint64_t ino, struct work_number *ret)
{
	cleanup(look_end) struct look l = { 0 };
	const struct tree_entry *x;
	struct work_number n = { .ino = INO_ROOT, .home = INO_ROOT, .type = S_IFDIR >> 12 };
	err_t e = find_entry(w, ino, &l, &x);
	if (e)
		return e;
	if (x) {
		number_of(x, &n);
		n.ino = x->type == S_IFDIR >> 12 ? x->ino : ino;
	}
	*ret = n;
	return ERR_OK;
}

uint64_t work_recorded(const struct work *w, uint64_t ino)
{
	return stand_in_recorded(&w->stand_ins, ino);
}

uint64_t work_shown_as(const struct work *w, uint64_t ino)
{
	return stand_in_as(&w->stand_ins, ino);
}

err_t work_parent(struct work *w, uint64_t ino, uint64_t *ret)
{
	cleanup(look_end) struct look l = { 0 };
	const struct tree_entry *x;
	err_t e = find_entry(w, ino, &l, &x);
	if (!e)
		*ret = x ? x->dir : INO_ROOT;
	return e;
}

err_t work_names(struct work *w, uint64_t ino, unsigned *ret)
{
	cleanup(look_end) struct look l = { 0 };
	const struct tree_entry *x;
	err_t e = find_entry(w, ino, &l, &x);
	if (e)
		return e;
	if (x && x->version && !x->sibling)
		return tree_nlink(l.t, x, ret);
	*ret = 1;
	return ERR_OK;
}

err_t work_subdirs(struct work *w, uint64_t dir, unsigned *ret)
{
	cleanup(look_end) struct look l = { 0 };
	const struct tree_dir *d;
	uint64_t n;
	err_t e = look_begin(w, &l);
	if (!e)
		e = tree_dir(l.t, dir, &d);
	if (!e)
		e = children_subdirs(&l.c, &w->naming, d->ino, &n);
	if (!e)
		*ret = (unsigned)n;
	return e;
}

/* links_dirs: of the file that `x` shows, no sibling. */
static err_t links_dirs(const struct look *l, const struct tree_entry *x, work_ino_visit fn, void *ctx)
{
	const struct tree_file *f;
	err_t e = tree_file(l->t, x->ino, &f);
	for (size_t i = 0; !e && i < f->links_n; i++) {
		const struct tree_entry *at;
		e = tree_link_entry(l->t, &f->links[i], &at);
		if (!e && at)
			e = fn(ctx, at->dir);
	}
	return e;
}

err_t work_dirs(struct work *w, uint64_t ino, work_ino_visit fn, void *ctx)
{
	cleanup(look_end) struct look l = { 0 };
	const struct tree_entry *x;
	err_t e = find_entry(w, ino, &l, &x);
	if (e || !x)
		return e;
	return x->version && !x->sibling ? links_dirs(&l, x, fn, ctx) : fn(ctx, x->dir);
}

err_t work_members(struct work *w, uint64_t dir, work_ino_visit fn, void *ctx)
{
	cleanup(look_end) struct look l = { 0 };
	const struct tree_dir *d = NULL;
	err_t e = look_begin(w, &l);
	if (!e)
		e = tree_dir(l.t, dir, &d);
	for (size_t i = 0; !e && i < d->members_n; i++)
		e = fn(ctx, d->members[i]);
	return e;
}
