/* SPDX-License-Identifier: MIT */
#include "vault/tree/hang.h"

#include "util/cleanup.h"
#include "util/invariant.h"
#include "vault/tree/index.h"

#include <stdlib.h>

/* The directories as they are hung up, one after the other: a forest. top[i]: a directory above i, the tree's own root
 * if nothing was hung above that since it was looked up; so below() costs next to nothing. */
struct forest {
	struct tree *t;
	size_t *top;
	size_t *tried; /* tried[i] == d + 1: i was tried for d */
};

static size_t top_of(struct forest *f, size_t i)
{
	size_t top = i;
	while (f->top[top] != top)
		top = f->top[top];
	while (f->top[i] != top) {
		size_t next = f->top[i];
		f->top[i] = top;
		i = next;
	}
	return top;
}

static void hang(struct forest *f, size_t d, size_t at)
{
	f->t->nodes.v[d].hang = at;
	f->top[d] = at;
}

/* d itself hangs nowhere yet. */
static bool below(struct forest *f, size_t d, size_t at)
{
	return top_of(f, at) == d;
}

/* The directory `ino`, if it may have others in it; or NONE. */
static size_t existing(const struct tree *t, uint64_t ino)
{
	const struct inode *n = index_node(t, ino);
	size_t i = n ? (size_t)(n - t->nodes.v) : NONE;
	return n && n->is_dir && i != NODE_LOST ? i : NONE;
}

static void find_places(struct tree *t)
{
	for (size_t i = 0; i < t->nodes.n; i++) {
		struct inode *n = &t->nodes.v[i];
		n->place = n->hang = NONE;
		if (!n->is_dir || i == NODE_ROOT || i == NODE_LOST)
			continue;
		size_t at = existing(t, index_first(t, n)->dir);
		n->place = at == NONE ? NODE_LOST : at;
	}
}

/* Follows the places upwards from each directory; who meets its own walk has found a cycle. walk[i]: by which i was
 * met. */
static bool has_cycle(const struct tree *t, size_t *walk)
{
	for (size_t i = 0; i < t->nodes.n; i++) {
		size_t at = i;
		while (at != NONE && walk[at] == 0) {
			walk[at] = i + 1;
			at = t->nodes.v[at].place;
		}
		if (at != NONE && walk[at] == i + 1)
			return true;
	}
	return false;
}

/* Where a directory hangs whose move is void. */
static size_t fall_back(struct forest *f, size_t d)
{
	const struct tree *t = f->t;
	size_t at = existing(t, index_first(t, &t->nodes.v[d])->back_dir);
	while (at == NONE || below(f, d, at)) {
		if (at == NONE)
			return NODE_ROOT;
		f->tried[at] = d + 1;
		const struct tree_link *l = index_first(t, &t->nodes.v[at]);
		const struct inode *back = l->has_back ? index_node(t, l->back_dir) : NULL;
		if (!back || f->tried[back - t->nodes.v] == d + 1)
			return NODE_ROOT;
		at = existing(t, l->back_dir);
	}
	return at;
}

struct turn { /* when a directory is hung up */
	bool moved;
	struct stamp stamp;
	uint64_t ino;
	size_t node;
};

static int cmp_turn(const void *x, const void *y)
{
	const struct turn *a = x, *b = y;
	if (a->moved != b->moved)
		return a->moved ? 1 : -1;
	int c = stamp_cmp(a->stamp, b->stamp);
	return c ? c : (a->ino > b->ino) - (a->ino < b->ino);
}

static size_t list_turns(const struct tree *t, struct turn *turns)
{
	size_t n = 0;
	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct inode *d = &t->nodes.v[i];
		if (d->place == NONE)
			continue;
		const struct tree_link *l = index_first(t, d);
		turns[n++] = (struct turn){ l->has_back, l->placed, d->ino, i };
	}
	return n;
}

/* Only hostile records have a directory below itself that was never moved. */
static void take_turn(struct forest *f, const struct turn *turn)
{
	struct inode *d = &f->t->nodes.v[turn->node];
	size_t at = d->place;
	if (below(f, turn->node, at)) {
		d->is_void = turn->moved;
		at = turn->moved ? fall_back(f, turn->node) : NODE_LOST;
	}
	hang(f, turn->node, at);
}

static err_t break_cycles(struct tree *t)
{
	cleanup_free size_t *top = calloc(t->nodes.n, sizeof(*top)), *tried = calloc(t->nodes.n, sizeof(*tried));
	cleanup_free struct turn *turns = calloc(t->nodes.n, sizeof(*turns));
	if (!top || !tried || !turns)
		return ERR_NOMEM;
	struct forest f = { t, top, tried };
	for (size_t i = 0; i < t->nodes.n; i++)
		top[i] = i;
	size_t n = list_turns(t, turns);
	qsort(turns, n, sizeof(*turns), cmp_turn);
	for (size_t i = 0; i < n; i++)
		take_turn(&f, &turns[i]);
	return ERR_OK;
}

/* t->subs, grouped by the directory that each hangs in. */
static err_t list_subs(struct tree *t)
{
	t->subs = calloc(t->nodes.n, sizeof(*t->subs));
	if (!t->subs)
		return ERR_NOMEM;
	size_t at = 0;
	for (size_t i = 0; i < t->nodes.n; i++)
		if (t->nodes.v[i].hang != NONE)
			t->nodes.v[t->nodes.v[i].hang].subs.n++;
	for (size_t i = 0; i < t->nodes.n; i++) {
		t->nodes.v[i].subs.at = at;
		at += t->nodes.v[i].subs.n;
		t->nodes.v[i].subs.n = 0;
	}
	for (size_t i = 0; i < t->nodes.n; i++) {
		if (t->nodes.v[i].hang == NONE)
			continue;
		struct run *r = &t->nodes.v[t->nodes.v[i].hang].subs;
		t->subs[r->at + r->n++] = i;
	}
	return ERR_OK;
}

static err_t list_in_order(struct tree *t)
{
	size_t hung = 0;
	t->order = calloc(t->nodes.n, sizeof(*t->order));
	if (!t->order)
		return ERR_NOMEM;
	t->order[t->order_n++] = NODE_ROOT;
	t->order[t->order_n++] = NODE_LOST;
	for (size_t i = 0; i < t->order_n; i++) {
		struct run r = t->nodes.v[t->order[i]].subs;
		for (size_t k = 0; k < r.n; k++)
			t->order[t->order_n++] = t->subs[r.at + k];
	}
	for (size_t i = 0; i < t->nodes.n; i++)
		hung += t->nodes.v[i].hang != NONE;
	INVARIANT(t->order_n == hung + 2); /* no cycle is left */
	return ERR_OK;
}

err_t hang_directories(struct tree *t)
{
	find_places(t);
	cleanup_free size_t *walk = calloc(t->nodes.n, sizeof(*walk));
	if (!walk)
		return ERR_NOMEM;
	err_t e = ERR_OK;
	if (has_cycle(t, walk))
		e = break_cycles(t);
	else
		for (size_t i = 0; i < t->nodes.n; i++)
			t->nodes.v[i].hang = t->nodes.v[i].place;
	if (e == ERR_OK)
		e = list_subs(t);
	return e == ERR_OK ? list_in_order(t) : e;
}
