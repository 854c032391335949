/* SPDX-License-Identifier: MIT */
#include "vault/tree/build.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/tree/fill.h"
#include "vault/tree/hang.h"
#include "vault/tree/index.h"
#include "vault/tree/live.h"
#include "vault/tree/whole.h"

#include <stdlib.h>

static err_t add_node(struct tree *t, uint64_t ino, uint8_t type, struct id birth)
{
	if (!vec_room(t->nodes.v, t->nodes.n, 1, &t->nodes.cap))
		return ERR_NOMEM;
	t->nodes.v[t->nodes.n++] = (struct inode){ .ino = ino, .type = type, .birth = birth, .identity = NONE };
	return ERR_OK;
}

err_t tree_new(const struct tree_naming *naming, struct tree **ret)
{
	cleanup(tree_freep) struct tree *t = calloc(1, sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	t->reader = &whole_reader;
	t->naming = *naming;
	err_t e = add_node(t, INO_ROOT, TYPE_DIR, ID_ZERO);
	if (e == ERR_OK)
		e = add_node(t, INO_LOST, TYPE_DIR, ID_ZERO);
	if (e == ERR_OK)
		*ret = steal_ptr(t);
	return e;
}

/* The root has no place, and lost+found no record: what somebody wrote there counts for nothing. */
static bool is_ordinary(uint64_t ino)
{
	return ino != 0 && ino != INO_ROOT && ino != INO_LOST;
}

err_t tree_add_inode(struct tree *t, const struct inode_head *head)
{
	return is_ordinary(head->ino) ? add_node(t, head->ino, head->type, head->birth) : ERR_OK;
}

static err_t add_seen(struct tree *t, const struct version_set *s, struct run *ret)
{
	if (!vec_room(t->seen.v, t->seen.n, s->n, &t->seen.cap))
		return ERR_NOMEM;
	*ret = (struct run){ t->seen.n, s->n };
	for (size_t i = 0; i < s->n; i++)
		t->seen.v[t->seen.n++] = s->v[i];
	return ERR_OK;
}

static err_t add_replaced(struct tree *t, const struct link_rec *link, struct more *m)
{
	m->replaced = (struct run){ t->replaced.n, link->replaced_n };
	if (!vec_room(t->replaced.v, t->replaced.n, link->replaced_n, &t->replaced.cap))
		return ERR_NOMEM;
	err_t e = ERR_OK;
	for (size_t i = 0; i < link->replaced_n && e == ERR_OK; i++) {
		struct bound *b = &t->replaced.v[t->replaced.n++];
		b->to = link->replaced[i].by;
		e = add_seen(t, &link->replaced[i].seen, &b->seen);
	}
	return e;
}

static err_t add_name(struct tree *t, const struct name *name, struct span *ret)
{
	return arena_put(&t->names, SPAN(name->b, name->len), ret);
}

static err_t add_half(struct tree *t, const struct half *half, struct more *m)
{
	m->has_half = true;
	m->half = half->with;
	m->before = half->before.dir;
	m->before_seat = half->seat;
	return add_name(t, &half->before.name, &m->before_name);
}

static err_t add_more(struct tree *t, const struct link_rec *link, struct tree_link *l)
{
	if (!link->where.has_half && !link->is_removed && !link->replaced_n)
		return ERR_OK;
	if (!vec_room(t->more.v, t->more.n, 1, &t->more.cap))
		return ERR_NOMEM;
	l->more = t->more.n;
	struct more *m = &t->more.v[t->more.n++];
	*m = (struct more){ .has_removal = link->is_removed };
	err_t e = link->where.has_half ? add_half(t, &link->where.half, m) : ERR_OK;
	if (e == ERR_OK && link->is_removed) {
		m->removed_at = link->removed.stamp;
		e = add_seen(t, &link->removed.seen, &m->seen);
	}
	return e == ERR_OK ? add_replaced(t, link, m) : e;
}

err_t tree_add_link(struct tree *t, const struct link_rec *link)
{
	if (!is_ordinary(link->ino))
		return ERR_OK;
	if (!vec_room(t->links.v, t->links.n, 1, &t->links.cap))
		return ERR_NOMEM;
	const struct where *w = &link->where;
	struct tree_link *l = &t->links.v[t->links.n++];
	*l = (struct tree_link){
		.ino = link->ino, .lid = link->lid, .life = link->life, .placed = w->stamp, .more = NONE
	};
	l->dir = w->at.dir;
	l->seat = w->seat;
	l->has_back = w->has_back;
	l->back_dir = w->back.dir;
	err_t e = add_name(t, &w->at.name, &l->name);
	if (e == ERR_OK && w->has_back)
		e = add_name(t, &w->back.name, &l->back_name);
	return e == ERR_OK ? add_more(t, link, l) : e;
}

err_t tree_add_version(struct tree *t, const struct version_rec *v)
{
	if (!is_ordinary(v->ino))
		return ERR_OK;
	if (!vec_room(t->written.v, t->written.n, 1, &t->written.cap))
		return ERR_NOMEM;
	t->written.v[t->written.n++] = (struct written){ v->ino, v->id, v->via };
	if (v->gone)
		return ERR_OK;
	if (!vec_room(t->versions.v, t->versions.n, 1, &t->versions.cap))
		return ERR_NOMEM;
	t->versions.v[t->versions.n++] = (struct tree_version){
		.ino = v->ino, .home = v->ino, .id = v->id, .root = v->root, .root_time = v->root_time, .via = v->via
	};
	return ERR_OK;
}

err_t tree_derive(struct tree *t)
{
	err_t e = index_records(t);
	if (e == ERR_OK)
		e = hang_directories(t);
	if (e == ERR_OK)
		e = live_find(t);
	return e == ERR_OK ? fill_directories(t) : e;
}

/* -- all that a view has ------------------------------------------------------------------------------------------ */

struct inos {
	uint64_t *v;
	size_t n, cap;
};

static void inos_free(struct inos *i)
{
	free(i->v);
}

static int cmp_ino(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
	return (a > b) - (a < b);
}

static err_t visit_key(void *ctx, struct span key, struct span value)
{
	struct inos *i = ctx;
	struct shared_name name;
	(void)value;
	if (shared_key_parse(key, &name) != ERR_OK)
		return ERR_OK;
	if (i->n && i->v[i->n - 1] == name.ino)
		return ERR_OK;
	if (!vec_room(i->v, i->n, 1, &i->cap))
		return ERR_NOMEM;
	i->v[i->n++] = name.ino;
	return ERR_OK;
}

/* Whatever has a record: what is bound to a link asks for it also when its file is not there. */
static err_t list_inos(const struct view *v, struct inos *i)
{
	static const enum shared_kind kinds[] = { SHARED_INODE, SHARED_LINK, SHARED_SIBLING, SHARED_VERSION };
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct shared_key prefix = shared_key_kind(kinds[k]);
		err_t e = v->scan(v->ctx, shared_key_span(&prefix), SPAN(NULL, 0), visit_key, i);
		if (e != ERR_OK)
			return e;
	}
	if (i->n)
		qsort(i->v, i->n, sizeof(*i->v), cmp_ino);
	return ERR_OK;
}

static err_t load_inode(struct tree *t, const struct view *v, uint64_t ino)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	err_t e = shared_place(v, ino, &s);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	return e == ERR_OK ? tree_add_inode(t, &s.head) : e;
}

static err_t load(struct tree *t, const struct view *v, uint64_t ino)
{
	cleanup(link_list_free) struct link_list links = { 0 };
	cleanup(version_list_free) struct version_list versions = { 0 };
	err_t e = load_inode(t, v, ino);
	if (e == ERR_OK)
		e = shared_links(v, ino, &links);
	if (e == ERR_OK)
		e = shared_versions(v, ino, &versions);
	for (size_t i = 0; i < links.n && e == ERR_OK; i++)
		e = tree_add_link(t, &links.v[i]);
	for (size_t i = 0; i < versions.n && e == ERR_OK; i++)
		e = tree_add_version(t, &versions.v[i]);
	return e;
}

err_t tree_build(const struct view *v, const struct tree_naming *naming, struct tree **ret)
{
	cleanup(tree_freep) struct tree *t = NULL;
	cleanup(inos_free) struct inos inos = { 0 };
	err_t e = tree_new(naming, &t);
	if (e == ERR_OK)
		e = list_inos(v, &inos);
	for (size_t i = 0; i < inos.n && e == ERR_OK; i++)
		if (i == 0 || inos.v[i] != inos.v[i - 1])
			e = load(t, v, inos.v[i]);
	if (e == ERR_OK)
		e = tree_derive(t);
	if (e == ERR_OK)
		*ret = steal_ptr(t);
	return e;
}
