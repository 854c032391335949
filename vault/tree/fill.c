/* SPDX-License-Identifier: MIT */
#include "vault/tree/fill.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/tree/index.h"
#include "vault/tree/equal.h"
#include "vault/tree/losers.h"

#include <stdlib.h>

struct candidate { /* what wants a name */
	struct span name;
	size_t i; /* a node: directory; or a link: file */
	bool is_dir;
};

struct filling {
	struct tree *t;
	struct candidate *c;
	size_t n, cap;
	struct losers losers;
	size_t group; /* number of the name that is looked at */
};

static struct span name_of_dir(const struct tree *t, const struct inode *d)
{
	const struct tree_link *l = index_first(t, d);
	return d->is_void ? l->back_name : l->name;
}

/* The identity first: not lost+found, not revived, the smallest birth id. */
static int cmp_dir(const struct tree *t, size_t a, size_t b)
{
	const struct inode *x = &t->nodes.v[a], *y = &t->nodes.v[b];
	int c = (a == NODE_LOST) - (b == NODE_LOST);
	if (c == 0)
		c = x->revived - y->revived;
	if (c == 0)
		c = id_cmp(x->birth, y->birth);
	return c ? c : (x->ino > y->ino) - (x->ino < y->ino);
}

static int cmp_file(const struct tree *t, size_t a, size_t b)
{
	const struct tree_link *x = &t->links.v[a], *y = &t->links.v[b];
	int c = stamp_cmp(y->seat.stamp, x->seat.stamp);
	if (c == 0)
		c = (y->seat.handed_on > x->seat.handed_on) - (y->seat.handed_on < x->seat.handed_on);
	return c ? c : (a < b) - (a > b); /* links are in the order of their numbers */
}

static int cmp_candidate(const void *x, const void *y, void *tree)
{
	const struct candidate *a = x, *b = y;
	int c = span_cmp(a->name, b->name);
	if (c == 0)
		c = b->is_dir - a->is_dir;
	if (c == 0)
		c = a->is_dir ? cmp_dir(tree, a->i, b->i) : cmp_file(tree, a->i, b->i);
	return c;
}

static err_t want(struct filling *f, struct span name, size_t i, bool is_dir)
{
	if (!vec_room(f->c, f->n, 1, &f->cap))
		return ERR_NOMEM;
	f->c[f->n++] = (struct candidate){ name, i, is_dir };
	return ERR_OK;
}

static err_t gather_member(struct filling *f, const struct inode *m)
{
	const struct tree *t = f->t;
	err_t e = ERR_OK;
	for (size_t i = 0; i < m->subs.n && e == ERR_OK; i++) {
		size_t s = t->subs[m->subs.at + i];
		if (t->nodes.v[s].shown)
			e = want(f, name_of_dir(t, &t->nodes.v[s]), s, true);
	}
	for (size_t i = 0; i < m->files.n && e == ERR_OK; i++) {
		size_t l = t->files[m->files.at + i];
		e = want(f, t->links.v[l].name, l, false);
	}
	return e;
}

static err_t gather(struct filling *f, const struct tree_dir *d)
{
	const struct inode *lost = &f->t->nodes.v[NODE_LOST];
	err_t e = ERR_OK;
	f->n = 0;
	for (size_t i = 0; i < d->members_n && e == ERR_OK; i++)
		e = gather_member(f, index_node(f->t, d->members[i]));
	if (e == ERR_OK && d->ino == f->t->nodes.v[NODE_ROOT].ino && (lost->alive || lost->files.n))
		e = want(f, span_str("lost+found"), NODE_LOST, true);
	if (e == ERR_OK && f->n)
		qsort_r(f->c, f->n, sizeof(*f->c), cmp_candidate, f->t);
	return e;
}

static struct tree_entry *enter(struct filling *f, const struct tree_dir *d, struct span name)
{
	struct tree_entry *e = &f->t->entries[f->t->entries_n++];
	*e = (struct tree_entry){ .dir = d->ino, .name = name, .recorded = name };
	return e;
}

static void unite(struct filling *f, const struct tree_dir *d, const struct candidate *c, size_t n)
{
	struct tree *t = f->t;
	struct inode *first = &t->nodes.v[c[0].i];
	struct tree_entry *e = enter(f, d, c[0].name);
	e->type = TYPE_DIR;
	e->ino = first->ino;
	first->dir = (struct tree_dir){ .ino = first->ino, .entry = e, .up = d->ino, .revived = first->revived };
	first->dir.members = t->members + t->members_n;
	first->dir.members_n = n;
	for (size_t i = 0; i < n; i++) {
		struct inode *m = &t->nodes.v[c[i].i];
		m->identity = c[0].i;
		t->members[t->members_n++] = m->ino;
		if (c[i].i != NODE_LOST)
			index_first(t, m)->entry = e;
	}
}

static void enter_file(struct filling *f, const struct tree_dir *d, struct tree_link *l)
{
	struct tree *t = f->t;
	struct inode *n = index_node(t, l->ino), *same = &t->nodes.v[n->same];
	if (same->group == f->group) {
		l->entry = same->kept;
		same->kept->hidden_n++;
		return;
	}
	struct tree_entry *e = enter(f, d, l->name);
	e->type = n->type;
	e->ino = l->ino;
	e->lid = l->lid;
	e->version = n->file.versions;
	l->entry = e;
	same->group = f->group;
	same->kept = e;
	n->nlink++;
}

/* The entry under which a link of the name that is looked at is shown or hidden. */
static struct tree_entry *entry_of(const struct tree *t, const struct tree_link *l)
{
	return t->nodes.v[index_node(t, l->ino)->same].kept;
}

/* The links that are hidden behind entries[first..]. */
static void list_hidden(struct tree *t, const struct candidate *c, size_t n, size_t first)
{
	for (size_t i = first; i < t->entries_n; i++) {
		struct tree_entry *e = &t->entries[i];
		e->hidden = t->hidden + t->hidden_n;
		t->hidden_n += e->hidden_n;
		e->hidden_n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		const struct tree_link *l = &t->links.v[c[i].i];
		struct tree_entry *e = entry_of(t, l);
		if (e->ino != l->ino || e->lid != l->lid)
			t->hidden[e->hidden - t->hidden + (ptrdiff_t)e->hidden_n++] = l;
	}
}

/* All candidates for one name. */
static err_t enter_name(struct filling *f, const struct tree_dir *d, const struct candidate *c, size_t n)
{
	struct tree *t = f->t;
	size_t dirs = 0;
	while (dirs < n && c[dirs].is_dir)
		dirs++;
	if (dirs)
		unite(f, d, c, dirs);
	size_t first = t->entries_n;
	f->group++;
	for (size_t i = dirs; i < n; i++)
		enter_file(f, d, &t->links.v[c[i].i]);
	list_hidden(t, c + dirs, n - dirs, first);
	err_t e = ERR_OK;
	for (size_t i = first + !dirs; i < t->entries_n && e == ERR_OK; i++)
		e = losers_add(&f->losers, &t->entries[i]);
	return e;
}

static bool is_loser(const struct losers *l, const struct tree_entry *e, size_t *at)
{
	bool is = *at < l->n && l->v[*at] == e;
	*at += is;
	return is;
}

/* Beside the files that have their names, then beside the others. */
static err_t enter_siblings(struct filling *f, size_t first)
{
	struct tree *t = f->t;
	size_t entries = t->entries_n, losers = f->losers.n, at = 0;
	err_t e = ERR_OK;
	for (size_t i = first; i < entries && e == ERR_OK; i++)
		if (!is_loser(&f->losers, &t->entries[i], &at) && t->entries[i].type != TYPE_DIR)
			e = losers_add_siblings(&f->losers, t, &t->entries[i]);
	for (size_t i = 0; i < losers && e == ERR_OK; i++)
		e = losers_add_siblings(&f->losers, t, f->losers.v[i]);
	return e;
}

static int cmp_child(const void *x, const void *y)
{
	return span_cmp((*(const struct tree_entry *const *)x)->name, (*(const struct tree_entry *const *)y)->name);
}

static void list_children(struct tree *t, struct tree_dir *d, size_t first)
{
	for (size_t i = first; i < t->entries_n; i++)
		t->children[i] = &t->entries[i];
	d->children = t->children + first;
	d->children_n = t->entries_n - first;
	if (d->children_n)
		qsort(t->children + first, d->children_n, sizeof(*t->children), cmp_child);
}

static err_t fill(struct filling *f, struct tree_dir *d)
{
	size_t first = f->t->entries_n;
	f->losers.n = 0;
	err_t e = gather(f, d);
	for (size_t i = 0, n; i < f->n && e == ERR_OK; i += n) {
		for (n = 1; i + n < f->n && span_cmp(f->c[i].name, f->c[i + n].name) == 0;)
			n++;
		e = enter_name(f, d, f->c + i, n);
	}
	if (e == ERR_OK)
		e = enter_siblings(f, first);
	if (e == ERR_OK)
		e = losers_name(&f->losers, f->t, first);
	if (e == ERR_OK)
		list_children(f->t, d, first);
	return e;
}

/* Each directory and link and version is shown once at most. */
static err_t make_room(struct tree *t)
{
	size_t most = t->nodes.n + t->links.n + t->versions.n;
	t->entries = calloc(most, sizeof(*t->entries));
	t->children = calloc(most, sizeof(*t->children));
	t->members = calloc(t->nodes.n, sizeof(*t->members));
	t->hidden = calloc(t->links.n + 1, sizeof(*t->hidden));
	return t->entries && t->children && t->members && t->hidden ? ERR_OK : ERR_NOMEM;
}

static void filling_free(struct filling *f)
{
	free(f->c);
	free(f->losers.v);
}

err_t fill_directories(struct tree *t)
{
	cleanup(filling_free) struct filling f = { .t = t };
	err_t e = equal_files(t);
	if (e == ERR_OK)
		e = make_room(t);
	if (e != ERR_OK)
		return e;
	struct inode *root = &t->nodes.v[NODE_ROOT];
	t->members[t->members_n++] = root->ino;
	root->identity = NODE_ROOT;
	root->dir = (struct tree_dir){ .ino = root->ino, .members = t->members, .members_n = 1 };
	e = fill(&f, &root->dir);
	for (size_t i = 0; i < t->entries_n && e == ERR_OK; i++) /* entries become more while they are walked */
		if (t->entries[i].type == TYPE_DIR)
			e = fill(&f, &index_node(t, t->entries[i].ino)->dir);
	return e;
}
