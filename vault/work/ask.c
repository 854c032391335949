/* SPDX-License-Identifier: MIT
 * Out of the tree of all records, which is made when somebody asks after a change.
 */
#include "vault/work/ask.h"

#include "vault/act/spot.h"
#include "vault/work/parts.h"

#include <sys/stat.h>

static err_t shown_tree(struct work *w, const struct tree **ret)
{
	if (w->operating)
		return act_tree(&w->act, ret);
	guard(&w->building);
	if (!w->act.tree) {
		err_t e = tree_build(changeset_shown(w->changeset), &w->naming, &w->act.tree);
		if (e)
			return e;
	}
	*ret = w->act.tree;
	return ERR_OK;
}

/* -- entries ----------------------------------------------------------------------------------------------------- */

static err_t entry_of(struct work *w, const struct tree *t, const struct tree_entry *x, struct work_entry *ret)
{
	ret->type = x->type;
	ret->name = spot_name(x->name);
	err_t e = tree_number_of(t, x, &ret->ino);
	return e ? e : namehash_of(w->cfg.hash, x->name, &ret->hash);
}

err_t work_lookup(struct work *w, uint64_t dir, struct span name, struct work_entry *ret)
{
	const struct tree *t;
	const struct tree_dir *d;
	const struct tree_entry *x;
	err_t e = shown_tree(w, &t);
	if (!e)
		e = tree_dir(t, dir, &d);
	if (!e)
		e = tree_lookup(t, dir, name, &x);
	return e ? e : entry_of(w, t, x, ret);
}

static int by_hash(const void *a, const void *b)
{
	const struct work_entry *x = a, *y = b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return name_cmp(&x->name, &y->name);
}

err_t work_children(struct work *w, uint64_t dir, uint64_t from, work_visit fn, void *ctx)
{
	const struct tree *t;
	const struct tree_dir *d;
	err_t e = shown_tree(w, &t);
	if (!e)
		e = tree_dir(t, dir, &d);
	if (e || !d->children_n)
		return e;
	cleanup_free struct work_entry *list = calloc(d->children_n, sizeof(*list));
	if (!list)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < d->children_n; i++)
		e = entry_of(w, t, d->children[i], &list[i]);
	if (!e)
		qsort(list, d->children_n, sizeof(*list), by_hash);
	for (size_t i = 0; !e && i < d->children_n; i++)
		if (list[i].hash >= from)
			e = fn(ctx, &list[i]);
	return e;
}

err_t work_has_children(struct work *w, uint64_t dir, bool *ret)
{
	const struct tree *t;
	const struct tree_dir *d;
	err_t e = shown_tree(w, &t);
	if (!e)
		e = tree_dir(t, dir, &d);
	if (!e)
		*ret = d->children_n > 0;
	return e;
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
static err_t find_entry(struct work *w, uint64_t ino, const struct tree **t, const struct tree_entry **ret)
{
	err_t e = shown_tree(w, t);
	return e ? e : tree_number(*t, ino, ret);
}

err_t work_number(struct work *w, uint64_t ino, struct work_number *ret)
{
	const struct tree *t;
	const struct tree_entry *x;
	struct work_number n = { .ino = INO_ROOT, .home = INO_ROOT, .type = S_IFDIR >> 12 };
	err_t e = find_entry(w, ino, &t, &x);
	if (e)
		return e;
	if (x) {
		number_of(x, &n);
		n.ino = x->type == S_IFDIR >> 12 ? x->ino : ino;
	}
	*ret = n;
	return ERR_OK;
}

err_t work_parent(struct work *w, uint64_t ino, uint64_t *ret)
{
	const struct tree *t;
	const struct tree_entry *x;
	err_t e = find_entry(w, ino, &t, &x);
	if (!e)
		*ret = x ? x->dir : INO_ROOT;
	return e;
}

err_t work_inside(struct work *w, uint64_t dir, uint64_t top, bool *ret)
{
	const struct tree *t;
	err_t e = shown_tree(w, &t);
	return e ? e : tree_hangs_in(t, dir, top, ret);
}

err_t work_names(struct work *w, uint64_t ino, unsigned *ret)
{
	const struct tree *t;
	const struct tree_entry *x;
	err_t e = find_entry(w, ino, &t, &x);
	if (e)
		return e;
	if (x && x->version && !x->sibling)
		return tree_nlink(t, x, ret);
	*ret = 1;
	return ERR_OK;
}

err_t work_subdirs(struct work *w, uint64_t dir, unsigned *ret)
{
	const struct tree *t;
	const struct tree_dir *d;
	err_t e = shown_tree(w, &t);
	if (!e)
		e = tree_dir(t, dir, &d);
	if (e)
		return e;
	*ret = 0;
	for (size_t i = 0; i < d->children_n; i++)
		*ret += d->children[i]->version == NULL;
	return ERR_OK;
}

err_t work_members(struct work *w, uint64_t dir, work_ino_visit fn, void *ctx)
{
	const struct tree *t;
	const struct tree_dir *d;
	err_t e = shown_tree(w, &t);
	if (!e)
		e = tree_dir(t, dir, &d);
	for (size_t i = 0; !e && i < d->members_n; i++)
		if (d->members[i] != INO_LOST)
			e = fn(ctx, d->members[i]);
	return e;
}
