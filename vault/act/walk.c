/* SPDX-License-Identifier: MIT */
#include "vault/act/walk.h"

#include "util/vec.h"

#include <string.h>

void walk_free(struct walk *w)
{
	free(w->v);
	*w = (struct walk){ 0 };
}

static err_t add(struct walk *w, const struct tree_entry *e)
{
	for (size_t i = 0; i < w->n; i++)
		if (tree_same(w->v[i], e))
			return ERR_OK;
	if (!vec_room(w->v, w->n, 1, &w->cap))
		return ERR_NOMEM;
	w->v[w->n++] = e;
	return ERR_OK;
}

/* An entry with what its place in the order hangs on. */
struct place {
	const struct tree_entry *e, *owner; /* owner: of a sibling the entry that it is beside; else itself */
	struct seat seat;                   /* of the owner's link */
	struct buf path;                    /* of the directory, components ended by NUL */
};

static void place_free(struct place *p)
{
	buf_free(&p->path);
}

static err_t place_of(const struct tree *t, const struct tree_entry *entry, struct place *ret)
{
	const struct tree_link *l;
	*ret = (struct place){ .e = entry, .owner = entry };
	err_t e = tree_link(t, entry->ino, entry->lid, &l);
	if (e != ERR_OK)
		return e == ERR_NOTFOUND ? ERR_OK : e; /* lost+found */
	ret->seat = l->seat;
	return entry->sibling ? tree_link_entry(t, l, &ret->owner) : ERR_OK;
}

static int seat_cmp(const struct seat *a, const struct seat *b)
{
	int c = stamp_cmp(a->stamp, b->stamp);
	return c ? c : (a->handed_on > b->handed_on) - (a->handed_on < b->handed_on);
}

static int flag_cmp(bool a, bool b)
{
	return a - b;
}

static int owner_cmp(const struct place *a, const struct place *b)
{
	int c = flag_cmp(a->owner->counter > 0, b->owner->counter > 0);
	if (c == 0 && !a->owner->counter)
		return span_cmp(a->owner->name, b->owner->name);
	if (c == 0)
		c = span_cmp(a->owner->recorded, b->owner->recorded);
	if (c == 0)
		c = seat_cmp(&b->seat, &a->seat);
	if (c == 0)
		c = (b->e->ino > a->e->ino) - (b->e->ino < a->e->ino);
	return c ? c : (b->e->lid > a->e->lid) - (b->e->lid < a->e->lid);
}

/* In one directory. */
static int here_cmp(const struct place *a, const struct place *b)
{
	int c = flag_cmp(a->e->sibling, b->e->sibling);
	if (c == 0)
		c = owner_cmp(a, b);
	if (c != 0 || !a->e->sibling)
		return c;
	c = version_id_cmp(b->e->version->root, a->e->version->root);
	return c ? c : version_id_cmp(b->e->version->id, a->e->version->id);
}

static int place_cmp(const void *x, const void *y)
{
	const struct place *a = x, *b = y;
	int c = span_cmp(buf_span(&a->path), buf_span(&b->path));
	return c ? c : here_cmp(a, b);
}

/* '/' becomes NUL, so that what is in a directory comes before its namesakes with more letters. */
static err_t place_path(const struct tree *t, struct place *p)
{
	err_t e = tree_path(t, p->e->dir, &p->path);
	for (size_t i = 0; i < p->path.len; i++)
		if (p->path.p[i] == '/')
			p->path.p[i] = 0;
	return e;
}

static err_t sort(struct act *a, struct walk *w)
{
	const struct tree *t;
	err_t e = act_tree(a, &t);
	cleanup_free struct place *p = calloc(w->n + 1, sizeof(*p));
	if (!p)
		return ERR_NOMEM;
	for (size_t i = 0; e == ERR_OK && i < w->n && w->n > 1; i++) {
		e = place_of(t, w->v[i], &p[i]);
		if (e == ERR_OK)
			e = place_path(t, &p[i]);
	}
	if (e == ERR_OK && w->n > 1) {
		qsort(p, w->n, sizeof(*p), place_cmp);
		for (size_t i = 0; i < w->n; i++)
			w->v[i] = p[i].e;
	}
	for (size_t i = 0; i < w->n; i++)
		place_free(&p[i]);
	return e;
}

static err_t add_entry(void *ctx, const struct tree_entry *e)
{
	return add(ctx, e);
}

/* The siblings of the file that `gone` shows, in its directory. */
static err_t add_siblings(const struct tree *t, const struct tree_entry *gone, struct walk *w)
{
	const struct tree_file *f;
	if (!gone->version || gone->sibling)
		return ERR_OK;
	err_t e = tree_file(t, gone->ino, &f);
	for (size_t i = 1; e == ERR_OK && i < f->shown_n; i++) {
		const struct tree_entry *x = NULL;
		e = tree_sibling_entry(t, &f->versions[i], &x);
		if (e == ERR_OK && x && x->dir == gone->dir)
			e = add(w, x);
	}
	return e;
}

err_t walk_leaning(struct act *a, const struct tree_entry *gone, const struct tree_entry **ret)
{
	cleanup(walk_free) struct walk w = { 0 };
	const struct tree *t;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK && (gone->counter || gone->hidden_n))
		e = add(&w, gone);
	if (e == ERR_OK)
		e = tree_leaning(t, gone->dir, gone->name, add_entry, &w);
	if (e == ERR_OK)
		e = add_siblings(t, gone, &w);
	if (e == ERR_OK)
		e = sort(a, &w);
	if (e == ERR_OK)
		*ret = w.n ? w.v[0] : NULL;
	return e;
}

err_t walk_shows(struct act *a, uint64_t ino, struct walk *ret)
{
	const struct tree *t;
	const struct tree_file *f;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, ino, &f);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < f->links_n; i++) {
		const struct tree_entry *x = NULL;
		e = tree_link_entry(t, &f->links[i], &x);
		if (e == ERR_OK && x)
			e = add(ret, x);
	}
	for (size_t i = 1; e == ERR_OK && i < f->shown_n; i++) {
		const struct tree_entry *x = NULL;
		e = tree_sibling_entry(t, &f->versions[i], &x);
		if (e == ERR_OK && x)
			e = add(ret, x);
	}
	return e == ERR_OK ? sort(a, ret) : e;
}

static err_t add_file(void *ctx, const struct tree_entry *e)
{
	return e->sibling ? ERR_OK : add(ctx, e);
}

err_t walk_namesakes(struct act *a, uint64_t dir, struct span recorded, struct walk *ret)
{
	const struct tree *t;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_namesakes(t, dir, recorded, add_file, ret);
	return e == ERR_OK ? sort(a, ret) : e;
}
