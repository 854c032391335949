/* SPDX-License-Identifier: MIT */
#include "vault/tree/index.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/tree/copy.h"

#include <stdlib.h>

static int cmp_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int cmp_node(const void *a, const void *b)
{
	return cmp_u64(((const struct inode *)a)->ino, ((const struct inode *)b)->ino);
}

static int cmp_link(const void *x, const void *y)
{
	const struct tree_link *a = x, *b = y;
	int c = cmp_u64(a->ino, b->ino);
	return c ? c : cmp_u64(a->lid, b->lid);
}

static int cmp_version(const void *x, const void *y)
{
	const struct tree_version *a = x, *b = y;
	int c = cmp_u64(a->ino, b->ino);
	if (c == 0)
		c = version_id_cmp(b->root, a->root);
	if (c == 0)
		c = version_id_cmp(b->id, a->id);
	return c ? c : cmp_u64(a->home, b->home);
}

static int cmp_written(const void *x, const void *y)
{
	const struct written *a = x, *b = y;
	int c = cmp_u64(a->home, b->home);
	return c ? c : version_id_cmp(b->id, a->id);
}

static int cmp_bound(const void *x, const void *y)
{
	const struct bound_ref *a = x, *b = y;
	int c = cmp_u64(a->ino, b->ino);
	if (c == 0)
		c = cmp_u64(a->lid, b->lid);
	return c ? c : cmp_u64(a->link, b->link);
}

struct inode *index_node(const struct tree *t, uint64_t ino)
{
	struct inode key = { .ino = ino };
	return bsearch(&key, t->nodes.v, t->nodes.n, sizeof(key), cmp_node);
}

struct tree_link *index_link(const struct tree *t, uint64_t ino, uint64_t lid)
{
	struct tree_link key = { .ino = ino, .lid = lid };
	return t->links.n ? bsearch(&key, t->links.v, t->links.n, sizeof(key), cmp_link) : NULL;
}

const struct tree_link *index_links(const struct tree *t, uint64_t ino)
{
	size_t low = 0, high = t->links.n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (t->links.v[mid].ino < ino)
			low = mid + 1;
		else
			high = mid;
	}
	return t->links.v + low;
}

struct tree_link *index_first(const struct tree *t, const struct inode *dir)
{
	return &t->links.v[dir->links.at];
}

struct more *index_more(const struct tree *t, const struct tree_link *l)
{
	return l->more == NONE ? NULL : &t->more.v[l->more];
}

bool index_holds(const struct tree *t, const struct partner *p)
{
	const struct tree_link *l = index_link(t, p->ino, p->lid);
	return !l || stamp_cmp(l->life, p->life) == 0; /* what is purged changes no more */
}

static void sort(void *v, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	if (n)
		qsort(v, n, size, cmp);
}

/* The removals by rename that hold count as one with the plain one. */
static void count_removals(struct tree *t, struct tree_link *l, const struct more *m)
{
	l->removed = m->has_removal;
	l->removed_at = m->removed_at;
	for (size_t i = 0; i < m->replaced.n; i++) {
		const struct partner *by = &t->replaced.v[m->replaced.at + i].to;
		if (!index_holds(t, by))
			continue;
		if (!l->removed || stamp_cmp(by->life, l->removed_at) > 0)
			l->removed_at = by->life;
		l->removed = true;
	}
}

static void links_as_they_count(struct tree *t)
{
	for (size_t i = 0; i < t->links.n; i++) {
		struct tree_link *l = &t->links.v[i];
		struct more *m = index_more(t, l);
		if (!m)
			continue;
		m->link = i;
		count_removals(t, l, m);
		if (m->has_half && !index_holds(t, &m->half)) {
			l->dir = m->before;
			l->name = m->before_name;
			l->seat = m->before_seat;
		}
	}
}

static err_t exists(void *ctx, const struct copy *c, bool *ret)
{
	const struct tree *const *t = ctx;
	const struct inode *n = index_node(*t, c->ino);
	*ret = n && id_eq(n->birth, c->birth);
	return ERR_OK;
}

err_t index_path(const struct tree *t, const struct tree_version *v, struct copy_path *ret)
{
	const struct copy_version version = { v->home, v->id, v->root };
	return copy_path(&version, exists, &t, ret);
}

static err_t bind(struct tree *t, const struct partner *to, size_t link)
{
	if (!vec_room(t->bound.v, t->bound.n, 1, &t->bound.cap))
		return ERR_NOMEM;
	t->bound.v[t->bound.n++] = (struct bound_ref){ to->ino, to->lid, link };
	return ERR_OK;
}

static err_t bind_all(struct tree *t)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < t->more.n && e == ERR_OK; i++) {
		const struct more *m = &t->more.v[i];
		if (m->has_half)
			e = bind(t, &m->half, m->link);
		for (size_t k = 0; k < m->replaced.n && e == ERR_OK; k++)
			e = bind(t, &t->replaced.v[m->replaced.at + k].to, m->link);
	}
	if (e != ERR_OK || !t->bound.n)
		return e;
	sort(t->bound.v, t->bound.n, sizeof(*t->bound.v), cmp_bound);
	size_t n = 0; /* a link is bound to another once, however often its record says so */
	for (size_t i = 0; i < t->bound.n; i++)
		if (n == 0 || cmp_bound(&t->bound.v[n - 1], &t->bound.v[i]))
			t->bound.v[n++] = t->bound.v[i];
	t->bound.n = n;
	t->bound_links = calloc(n, sizeof(*t->bound_links));
	if (!t->bound_links)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		t->bound_links[i] = &t->links.v[t->bound.v[i].link];
	return ERR_OK;
}

static uint64_t ino_of_link(const struct tree *t, size_t i)
{
	return t->links.v[i].ino;
}

static uint64_t ino_of_version(const struct tree *t, size_t i)
{
	return t->versions.v[i].ino;
}

static uint64_t ino_of_written(const struct tree *t, size_t i)
{
	return t->written.v[i].home;
}

/* The elements with the number `ino`, beginning at or after *at of n. */
static struct run run_of(const struct tree *t, uint64_t (*ino_of)(const struct tree *, size_t), size_t n,
                         struct run last, uint64_t ino)
{
	struct run r = { .at = last.at + last.n };
	while (r.at < n && ino_of(t, r.at) < ino)
		r.at++;
	while (r.at + r.n < n && ino_of(t, r.at + r.n) == ino)
		r.n++;
	return r;
}

static void distribute(struct tree *t)
{
	struct run links = { 0 }, versions = { 0 }, written = { 0 };
	for (size_t i = 0; i < t->nodes.n; i++) {
		struct inode *n = &t->nodes.v[i];
		links = n->links = run_of(t, ino_of_link, t->links.n, links, n->ino);
		versions = n->versions = run_of(t, ino_of_version, t->versions.n, versions, n->ino);
		written = n->written = run_of(t, ino_of_written, t->written.n, written, n->ino);
		n->is_dir = i == NODE_ROOT || i == NODE_LOST ||
		            (n->type == TYPE_DIR && n->links.n && t->links.v[n->links.at].lid == LID_FIRST);
	}
}

err_t index_records(struct tree *t)
{
	sort(t->nodes.v, t->nodes.n, sizeof(*t->nodes.v), cmp_node);
	sort(t->links.v, t->links.n, sizeof(*t->links.v), cmp_link);
	links_as_they_count(t);
	for (size_t i = 0; i < t->versions.n && !t->homes_known; i++) {
		struct tree_version *v = &t->versions.v[i];
		struct copy_path path;
		err_t e = index_path(t, v, &path);
		if (e != ERR_OK)
			return e;
		v->ino = copy_path_end(&path);
	}
	sort(t->versions.v, t->versions.n, sizeof(*t->versions.v), cmp_version);
	sort(t->written.v, t->written.n, sizeof(*t->written.v), cmp_written);
	distribute(t);
	return bind_all(t);
}
