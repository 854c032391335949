/* SPDX-License-Identifier: MIT */
#include "vault/tree/losers.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/tree/index.h"

#include <search.h>
#include <stdlib.h>

/* Sets of search.h: balanced trees, so that no choice of names makes them slow. */
struct set {
	void *root;
};

static void keep(void *p)
{
	(void)p;
}

static void set_free(struct set *s)
{
	tdestroy(s->root, keep);
}

static int cmp_name(const void *x, const void *y)
{
	return span_cmp(((const struct tree_entry *)x)->name, ((const struct tree_entry *)y)->name);
}

static int cmp_tag(const void *x, const void *y)
{
	return id_cmp(((const struct tree_version *)x)->id.tag, ((const struct tree_version *)y)->id.tag);
}

/* What `x` equals in the set, which is `x` itself if nothing did. NULL: out of memory. */
static const void *set_add(struct set *s, const void *x, int (*cmp)(const void *, const void *))
{
	void *const *found = tsearch(x, &s->root, cmp);
	return found ? *found : NULL;
}

err_t losers_add(struct losers *l, struct tree_entry *e)
{
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	l->v[l->n++] = e;
	return ERR_OK;
}

static err_t add_sibling(struct losers *l, struct tree *t, const struct tree_entry *beside, struct tree_version *v)
{
	struct tree_entry *e = &t->entries[t->entries_n++];
	*e = *beside;
	e->version = v;
	e->sibling = true;
	e->hidden = NULL;
	e->hidden_n = 0;
	v->entry = e;
	return losers_add(l, e);
}

static const struct tree_link *first_live(const struct tree_file *f)
{
	size_t i = 0;
	while (!f->links[i].live)
		i++;
	return &f->links[i];
}

err_t losers_add_siblings(struct losers *l, struct tree *t, const struct tree_entry *e)
{
	const struct inode *n = index_node(t, e->ino);
	if (n->file.shown_n < 2 || first_live(&n->file)->entry != e)
		return ERR_OK;
	cleanup(set_free) struct set told = { 0 };
	for (size_t i = 0; i < n->file.shown_n; i++) {
		struct tree_version *v = &t->versions.v[n->versions.at + i];
		const void *same = set_add(&told, v, cmp_tag);
		err_t r = same ? ERR_OK : ERR_NOMEM;
		if (same == v && i > 0) /* an equal one is not told twice */
			r = add_sibling(l, t, e, v);
		if (r != ERR_OK)
			return r;
	}
	return ERR_OK;
}

/* Which counter is free for names that are made alike: so a thousand copies of one second need no million tries. What
 * two names are made into is alike for every counter if it is alike without one: the last bracket tells where each was
 * cut. */
struct free_counter {
	struct name made;
	unsigned next;
};
struct counters {
	struct set set;
	struct free_counter **v;
	size_t n, cap;
};

static void counters_free(struct counters *c)
{
	tdestroy(c->set.root, keep);
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i]);
	free(c->v);
}

static int cmp_made(const void *x, const void *y)
{
	return name_cmp(&((const struct free_counter *)x)->made, &((const struct free_counter *)y)->made);
}

static struct free_counter *counter_of(struct counters *c, struct span recorded, const char *who)
{
	cleanup_free struct free_counter *mine = malloc(sizeof(*mine));
	if (!mine || !vec_room(c->v, c->n, 1, &c->cap))
		return NULL;
	mine->next = 1;
	conflict_name(recorded, who, 1, &mine->made);
	void *const *found = tsearch(mine, &c->set.root, cmp_made);
	if (found && *found == mine)
		c->v[c->n++] = steal_ptr(mine);
	return found ? *found : NULL;
}

struct naming {
	struct tree *t;
	struct set taken;
	struct counters counters;
};

static void naming_free(struct naming *n)
{
	set_free(&n->taken);
	counters_free(&n->counters);
}

static err_t name_one(struct naming *n, struct tree_entry *e)
{
	const struct tree_naming *by = &n->t->naming;
	char who[CONFLICT_WHO];
	by->who(by->ctx, &e->version->root, e->version->root_time, who);
	struct free_counter *c = counter_of(&n->counters, e->recorded, who);
	if (!c)
		return ERR_NOMEM;
	struct tree_entry try = *e;
	struct name made;
	for (bool taken = true; taken; c->next++) {
		conflict_name(e->recorded, who, c->next, &made);
		try.name = SPAN(made.b, made.len);
		try.counter = c->next;
		taken = tfind(&try, &n->taken.root, cmp_name) != NULL;
	}
	e->counter = try.counter;
	err_t r = arena_put(&n->t->names, try.name, &e->name);
	if (r == ERR_OK && !set_add(&n->taken, e, cmp_name))
		r = ERR_NOMEM;
	return r;
}

err_t losers_name(struct losers *l, struct tree *t, size_t first)
{
	cleanup(naming_free) struct naming n = { .t = t };
	if (!l->n)
		return ERR_OK;
	for (size_t i = 0; i < l->n; i++)
		l->v[i]->counter = 1; /* has no name yet */
	for (size_t i = first; i < t->entries_n; i++)
		if (!t->entries[i].counter && !set_add(&n.taken, &t->entries[i], cmp_name))
			return ERR_NOMEM;
	for (size_t i = 0; i < l->n; i++) {
		err_t e = name_one(&n, l->v[i]);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}
