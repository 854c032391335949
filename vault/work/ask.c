/* SPDX-License-Identifier: MIT
 * Each answer is read out of the records when it is asked for, or was for a question before it (kept.h).
 */
#include "vault/work/ask.h"

#include "vault/act/spot.h"
#include "vault/shown/children.h"
#include "vault/work/kept.h"
#include "vault/work/parts.h"

#include <sys/stat.h>

/* Where the answers to one question come from. Within an operation they are as that has left it. */
struct look {
	struct work *w;
	struct kept *kept; /* NULL: within an operation */
	struct context c;
	const struct tree *t;
	bool good; /* the question was answered */
};

static void look_end(struct look *l)
{
	if (l->kept)
		kept_put(l->w, l->kept, l->good);
}

static err_t look_begin(struct work *w, struct look *l)
{
	l->w = w;
	if (w->operating) {
		err_t e = act_context(&w->act, &l->c);
		return e ? e : act_tree(&w->act, &l->t);
	}
	err_t e = kept_take(w, &l->kept);
	if (e)
		return e;
	l->c = l->kept->c;
	l->t = l->kept->tree;
	return ERR_OK;
}

/* answered: `e` as it is: that nothing is there is an answer, too. */
static err_t answered(struct look *l, err_t e)
{
	l->good = !e || e == ERR_NOTFOUND;
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
	if (answered(&l, e))
		return e;
	found.type = x->type;
	found.name = spot_name(x->name);
	*ret = found;
	return ERR_OK;
}

struct visit {
	const struct work *w;
	work_visit fn;
	void *ctx;
};

static err_t visit_child(void *ctx, const struct child *c)
{
	const struct visit *v = ctx;
	const struct work_entry x = { c->ino, c->type, c->hash, c->name };
	return v->fn(v->ctx, &x);
}

/* recorded_child: number as recorded. */
static err_t recorded_child(void *ctx, const struct child *c)
{
	const struct visit *v = ctx;
	const struct work_entry x = { work_shown_as(v->w, c->ino), c->type, c->hash, c->name };
	return v->fn(v->ctx, &x);
}

/* kept_children: by what is kept of the directory's names, or will be; *from: what it did not come to. */
static err_t kept_children(const struct look *l, struct children_from *from, struct visit *v)
{
	struct listings *all = &l->w->listings;
	bool last = false;
	err_t e = ERR_OK;
	while (!e && !last) {
		struct listings_part *p = listings_take(all, *from);
		if (!p)
			e = listings_read(all, &l->c, *from, &p);
		if (e || !p)
			return e;
		e = listings_visit(p, from->hash, recorded_child, v);
		last = p->last == UINT64_MAX;
		from->hash = last ? p->last : p->last + 1;
		listings_put(all, p);
	}
	from->dir = 0;
	return e;
}

err_t work_children(struct work *w, uint64_t dir, uint64_t from, work_visit fn, void *ctx)
{
	cleanup(look_end) struct look l = { 0 };
	struct visit v = { w, fn, ctx };
	const struct tree_dir *d;
	err_t e = look_begin(w, &l);
	if (!e)
		e = tree_dir(l.t, dir, &d);
	if (e)
		return answered(&l, e);
	struct children_from at = { d->ino, from };
	if (l.kept && d->members_n == 1)
		e = kept_children(&l, &at, &v);
	if (!e && at.dir)
		e = children_visit(&l.c, &w->naming, at, visit_child, &v);
	return answered(&l, e);
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

/* find_entry: *ret is NULL for the root, and where nothing is. */
static err_t find_entry(struct work *w, uint64_t ino, struct look *l, const struct tree_entry **ret)
{
	*ret = NULL;
	err_t e = look_begin(w, l);
	return e ? e : tree_number(l->t, ino, ret);
}

static err_t find_number(struct work *w, uint64_t ino, struct look *l, struct work_number *ret)
{
	const struct tree_entry *x;
	struct work_number n = { .ino = INO_ROOT, .home = INO_ROOT, .type = S_IFDIR >> 12 };
	err_t e = find_entry(w, ino, l, &x);
	if (e)
		return e;
	if (x) {
		number_of(x, &n);
		n.ino = x->type == S_IFDIR >> 12 ? x->ino : ino;
	}
	*ret = n;
	return ERR_OK;
}

err_t work_number(struct work *w, uint64_t ino, struct work_number *ret)
{
	cleanup(look_end) struct look l = { 0 };
	return answered(&l, find_number(w, ino, &l, ret));
}

err_t work_read(struct work *w, uint64_t ino, work_reading fn, void *ctx)
{
	cleanup(look_end) struct look l = { 0 };
	struct work_number n;
	err_t e = find_number(w, ino, &l, &n);
	if (!e)
		e = fn(ctx, l.c.shared, &n);
	return answered(&l, e);
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
	return answered(&l, e);
}

err_t work_names(struct work *w, uint64_t ino, unsigned *ret)
{
	cleanup(look_end) struct look l = { 0 };
	const struct tree_entry *x;
	unsigned n = 1;
	err_t e = find_entry(w, ino, &l, &x);
	if (!e && x && x->version && !x->sibling)
		e = tree_nlink(l.t, x, &n);
	if (!answered(&l, e))
		*ret = n;
	return e;
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
	if (!answered(&l, e))
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
	if (!e && x)
		e = x->version && !x->sibling ? links_dirs(&l, x, fn, ctx) : fn(ctx, x->dir);
	return answered(&l, e);
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
