/* SPDX-License-Identifier: MIT */
#include "vault/act/settle.h"

#include "vault/act/lives.h"
#include "vault/act/put.h"
#include "vault/act/removal.h"
#include "vault/act/split.h"
#include "vault/act/spot.h"
#include "vault/act/walk.h"

#define SETTLE_MOST 100000 /* entries written down by one operation */
#define SETTLE_DEEP 1000   /* of which each had to wait for the next */

static err_t write_down(struct act *a, const struct tree_entry *x, bool stays);

/* A sibling becomes a file of its own. */
static err_t split(struct act *a, const struct tree_entry *x)
{
	const struct tree *t;
	const struct tree_file *f;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, x->ino, &f);
	if (e == ERR_OK && f->shown_n)
		e = settle_apart(a, x->ino, f->versions[0].id.tag);
	return e == ERR_OK ? split_put(a, x) : e;
}

/* The siblings that stand beside the link `x`, in its directory. */
static err_t siblings_beside(struct act *a, const struct tree_entry *x, struct walk *ret)
{
	err_t e = walk_shows(a, x->ino, ret);
	size_t n = 0;
	for (size_t i = 0; e == ERR_OK && i < ret->n; i++) {
		const struct tree_entry *y = ret->v[i];
		if (y->sibling && y->ino == x->ino && y->lid == x->lid && y->dir == x->dir)
			ret->v[n++] = y;
	}
	ret->n = n;
	return e;
}

static err_t split_all(struct act *a, const struct walk *siblings)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < siblings->n; i++)
		e = write_down(a, siblings->v[i], true);
	return e;
}

static err_t write_down_place(struct act *a, const struct tree_entry *x)
{
	cleanup(walk_free) struct walk beside = { 0 };
	err_t e = siblings_beside(a, x, &beside);
	if (e == ERR_OK)
		e = spot_put(a, x->ino, x->lid, x->dir, x->name);
	return e == ERR_OK ? split_all(a, &beside) : e;
}

/* Siblings stand beside the first link of a file, which may be hidden: when that goes they would stand elsewhere. */
static err_t split_before_first_link_goes(struct act *a, const struct tree_entry *x)
{
	cleanup(walk_free) struct walk beside = { 0 };
	bool hides_own = false;
	for (size_t i = 0; i < x->hidden_n; i++)
		hides_own |= x->hidden[i]->ino == x->ino;
	err_t e = hides_own ? siblings_beside(a, x, &beside) : ERR_OK;
	return e == ERR_OK ? split_all(a, &beside) : e;
}

static err_t write_down_now(struct act *a, const struct tree_entry *x, bool stays)
{
	err_t e = split_before_first_link_goes(a, x); /* of a sibling nothing is hidden */
	if (e == ERR_OK && x->hidden_n && stays)
		e = lives_begin(a, x->ino, x->lid);
	if (e == ERR_OK)
		e = removal_hidden(a, x);
	if (e == ERR_OK && x->sibling)
		return split(a, x);
	return e == ERR_OK && x->counter ? write_down_place(a, x) : e;
}

/* is_settling: *ret_deep: how many wait, if not. */
static bool is_settling(const struct act *a, const struct tree_entry *x, unsigned *ret_deep)
{
	*ret_deep = 0;
	for (const struct settling *s = a->settling; s; s = s->outer, ++*ret_deep)
		if (tree_same(s->entry, x))
			return true;
	return false;
}

/* `x` is recorded as it is shown. If it stays, and stands for others that are equal, it lives from now on: who removed
 * it may not have known them. What a sibling needs before it is split can need that sibling split: then it is, later in
 * the same operation. */
static err_t write_down(struct act *a, const struct tree_entry *x, bool stays)
{
	struct settling mine = { x, a->settling };
	unsigned deep;
	if (is_settling(a, x, &deep))
		return ERR_OK;
	if (deep == SETTLE_DEEP)
		return ERR_LIMIT;
	a->settling = &mine;
	err_t e = write_down_now(a, x, stays);
	a->settling = mine.outer;
	return e;
}

err_t settle_name(struct act *a, const struct spot *at, const struct tree_entry **ret)
{
	for (int i = 0; i < SETTLE_MOST; i++) {
		const struct tree_entry *gone, *first;
		err_t e = spot_find(a, at, &gone);
		if (e == ERR_OK && !gone)
			e = ERR_NOTFOUND;
		if (e == ERR_OK)
			e = walk_leaning(a, gone, &first);
		if (e != ERR_OK)
			return e;
		if (!first) {
			*ret = gone;
			return ERR_OK;
		}
		e = write_down(a, first, !tree_same(first, gone));
		if (e != ERR_OK)
			return e;
		act_end(a); /* a thousand files of one name do not need a thousand trees */
	}
	return ERR_LIMIT;
}

static bool shows(const struct tree_entry *e, struct id tag)
{
	return e->version && id_eq(e->version->id.tag, tag);
}

/* `mine`: an entry of the file that changes. */
static err_t apart_from_namesakes(struct act *a, const struct tree_entry *mine, struct id tag,
                                  const struct walk *others)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < others->n; i++) {
		const struct tree_entry *x = others->v[i];
		if (x->ino != mine->ino && shows(x, tag))
			e = write_down(a, x->counter ? x : mine, true);
	}
	return e;
}

/* Whom the entries of a file meet under one name, as it was before anything was written down. */
struct meeting {
	const struct tree_entry *mine;
	struct walk others;
};
struct meetings {
	struct meeting *v;
	size_t n;
};

static void meetings_free(struct meetings *m)
{
	for (size_t i = 0; i < m->n; i++)
		walk_free(&m->v[i].others);
	free(m->v);
}

static err_t meetings_find(struct act *a, uint64_t ino, const struct walk *shown, struct meetings *ret)
{
	err_t e = ERR_OK;
	ret->v = calloc(shown->n + 1, sizeof(*ret->v));
	if (!ret->v)
		return ERR_NOMEM;
	for (size_t i = 0; e == ERR_OK && i < shown->n; i++) {
		const struct tree_entry *x = shown->v[i];
		if (x->ino != ino || x->sibling)
			continue;
		struct meeting *m = &ret->v[ret->n++];
		m->mine = x;
		e = walk_namesakes(a, x->dir, x->recorded, &m->others);
	}
	return e;
}

err_t settle_apart(struct act *a, uint64_t ino, struct id tag)
{
	cleanup(walk_free) struct walk shown = { 0 };
	cleanup(meetings_free) struct meetings met = { 0 };
	err_t e = walk_shows(a, ino, &shown);
	if (e == ERR_OK)
		e = meetings_find(a, ino, &shown, &met);
	for (size_t i = 0; e == ERR_OK && i < shown.n; i++) {
		const struct tree_entry *x = shown.v[i];
		if (x->sibling && x->ino == ino && shows(x, tag))
			e = write_down(a, x, true);
	}
	for (size_t i = 0; e == ERR_OK && i < met.n; i++)
		e = apart_from_namesakes(a, met.v[i].mine, tag, &met.v[i].others);
	return e;
}

static err_t part_hidden(struct act *a, const struct tree_entry *x, uint64_t ino)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < x->hidden_n; i++) {
		const struct tree_link *other = x->hidden[i];
		if ((other->ino == ino) == (x->ino == ino))
			continue;
		if (x->ino != ino)
			e = lives_begin(a, x->ino, x->lid);
		if (e == ERR_OK)
			e = removal_put(a, other->ino, other->lid, act_tick(a), NULL);
	}
	return e;
}

err_t settle_part(struct act *a, uint64_t ino)
{
	cleanup(walk_free) struct walk shown = { 0 };
	err_t e = walk_shows(a, ino, &shown);
	for (size_t i = 0; e == ERR_OK && i < shown.n; i++) {
		const struct tree_entry *x = shown.v[i];
		if (x->ino == ino && x->counter && !x->sibling)
			e = write_down(a, x, true);
		if (e == ERR_OK)
			e = part_hidden(a, x, ino);
	}
	return e;
}
