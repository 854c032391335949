/* SPDX-License-Identifier: MIT */
#include "vault/shown/alone.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/place.h"
#include "vault/join/shared.h"
#include "vault/tree/index.h"
#include "vault/tree/inherit.h"
#include "vault/tree/live.h"

void alone_free(struct alone *a)
{
	tree_freep(&a->t);
}

struct loading {
	const struct context *c;
	struct alone *a;
	struct tree *t; /* a->t */
	uint64_t ino;
	struct link_list links;
	bool elsewhere;      /* a version is recorded under another, or shown by another; or came by it to another */
	struct u64s origins; /* files that it was split from: their links are there */
};

static void loading_free(struct loading *l)
{
	link_list_free(&l->links);
	u64s_free(&l->origins);
}

static err_t copy_is_there(void *ctx, const struct copy *copy, bool *ret)
{
	const struct context *const *c = ctx;
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	err_t e = copy->ino ? shared_place((*c)->shared, copy->ino, &s) : ERR_NOTFOUND;
	*ret = e == ERR_OK && id_eq(s.head.birth, copy->birth);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static bool same_version(const struct copy_version *a, const struct copy_version *b)
{
	return a->home == b->home && version_id_cmp(a->id, b->id) == 0 && version_id_cmp(a->root, b->root) == 0;
}

err_t alone_path(const struct context *c, const struct version_rec *v, struct copy_path *ret)
{
	const struct copy_version version = { v->ino, v->id, v->root };
	if (c->path && c->path->known && same_version(&c->path->version, &version)) {
		*ret = c->path->path;
		return ERR_OK;
	}
	err_t e = copy_path(&version, copy_is_there, &c, ret);
	if (e == ERR_OK && c->path)
		*c->path = (struct context_path){ true, version, *ret };
	return e;
}

/* The link that another is bound to, for its life. */
static err_t add_partner(struct loading *l, const struct partner *p)
{
	cleanup(link_rec_free) struct link_rec link = { 0 };
	if (p->ino == l->ino)
		return ERR_OK; /* is there anyway */
	err_t e = shared_link(l->c->shared, p->ino, p->lid, &link);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	return e == ERR_OK ? tree_add_link(l->t, &link) : e;
}

static err_t add_link(struct loading *l, const struct link_rec *link)
{
	err_t e = tree_add_link(l->t, link);
	if (e == ERR_OK && link->where.has_half)
		e = add_partner(l, &link->where.half.with);
	for (size_t i = 0; i < link->replaced_n && e == ERR_OK; i++)
		e = add_partner(l, &link->replaced[i].by);
	return e;
}

static err_t add_links(struct loading *l)
{
	err_t e = shared_links(l->c->shared, l->ino, &l->links);
	for (size_t i = 0; i < l->links.n && e == ERR_OK; i++)
		e = add_link(l, &l->links.v[i]);
	return e;
}

static err_t add_origin(struct loading *l, uint64_t ino)
{
	cleanup(link_list_free) struct link_list links = { 0 };
	for (size_t i = 0; i < l->origins.n; i++)
		if (l->origins.v[i] == ino)
			return ERR_OK;
	err_t e = u64s_add(&l->origins, ino);
	if (e == ERR_OK)
		e = shared_links(l->c->shared, ino, &links);
	for (size_t i = 0; i < links.n && e == ERR_OK; i++)
		e = add_link(l, &links.v[i]);
	return e;
}

/* The links of what it was split from, on the way of a version: who removed these may have taken it (inherit.h). */
static err_t add_origins(struct loading *l, const struct copy_path *path)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i + 1 < path->n && e == ERR_OK; i++)
		e = add_origin(l, path->ino[i]);
	return e;
}

static bool came_by(const struct copy_path *path, uint64_t ino)
{
	for (size_t i = 0; i < path->n; i++)
		if (path->ino[i] == ino)
			return true;
	return false;
}

/* A version that another file shows counts here only as one that was written. */
static err_t add_version(struct loading *l, struct version_rec *v)
{
	struct copy_path path;
	err_t e = v->gone ? ERR_OK : alone_path(l->c, v, &path);
	if (e != ERR_OK)
		return e;
	bool here = !v->gone && copy_path_end(&path) == l->ino;
	l->elsewhere |= !v->gone && path.n > 1 && came_by(&path, l->ino);
	if (here)
		e = add_origins(l, &path);
	if (e != ERR_OK)
		return e;
	v->gone = !here;
	e = tree_add_version(l->t, v);
	if (e == ERR_OK && !v->gone)
		l->t->versions.v[l->t->versions.n - 1].ino = l->ino;
	return e;
}

static err_t add_versions_of(struct loading *l, uint64_t home)
{
	cleanup(version_list_free) struct version_list list = { 0 };
	err_t e = shared_versions(l->c->shared, home, &list);
	for (size_t i = 0; i < list.n && e == ERR_OK; i++)
		e = add_version(l, &list.v[i]);
	return e;
}

static err_t add_versions(struct loading *l)
{
	cleanup(u64s_free) struct u64s homes = { 0 };
	err_t e = add_versions_of(l, l->ino);
	if (e == ERR_OK)
		e = context_numbers(l->c, shown_key_1(SHOWN_HOMES, l->ino), 1, &homes);
	for (size_t i = 0; i < homes.n && e == ERR_OK; i++)
		e = add_versions_of(l, homes.v[i]);
	return e;
}

/* A directory that a link may be in. */
static err_t add_dir(struct loading *l, uint64_t ino)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	if (ino == INO_ROOT || ino == INO_LOST || ino == l->ino) /* is there already */
		return ERR_OK;
	err_t e = shared_place(l->c->shared, ino, &s);
	if (e == ERR_NOTFOUND || (e == ERR_OK && (s.head.type != TYPE_DIR || !s.has_link)))
		return ERR_OK;
	if (e == ERR_OK)
		e = tree_add_inode(l->t, &s.head);
	return e == ERR_OK ? tree_add_link(l->t, &s.link) : e; /* twice, if it is a partner, which does no harm */
}

static err_t add_dirs(struct loading *l)
{
	cleanup(u64s_free) struct u64s dirs = { 0 };
	err_t e = ERR_OK;
	for (size_t i = 0; i < l->links.n && e == ERR_OK; i++) {
		const struct where *w = &l->links.v[i].where;
		e = u64s_add(&dirs, w->at.dir);
		if (e == ERR_OK && w->has_half)
			e = u64s_add(&dirs, w->half.before.dir);
	}
	u64s_sort(&dirs);
	for (size_t i = 0; i < dirs.n && e == ERR_OK; i++)
		e = add_dir(l, dirs.v[i]);
	return e;
}

static err_t bury(struct loading *l)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < l->t->nodes.n && e == ERR_OK; i++) {
		struct inode *n = &l->t->nodes.v[i];
		if (n->is_dir)
			e = dirs_buried(l->c, n->ino, &n->buried);
	}
	return e;
}

static bool all_removed(const struct tree *t, const struct inode *n)
{
	for (size_t i = 0; i < n->links.n; i++)
		if (!t->links.v[n->links.at + i].removed)
			return false;
	return n->links.n;
}

/* Which versions are taken: `index_records` knows no path here. */
static err_t find_taken(struct loading *l, const struct inode *n)
{
	err_t e = ERR_OK;
	for (size_t i = 0; l->origins.n && e == ERR_OK && i < n->versions.n; i++) {
		struct tree_version *v = &l->t->versions.v[n->versions.at + i];
		const struct version_rec rec = { .ino = v->home, .id = v->id, .root = v->root };
		struct copy_path path;
		e = alone_path(l->c, &rec, &path);
		if (e == ERR_OK)
			v->taken = inherit_takes(l->t, &path, v);
	}
	return e;
}

/* What the links and versions that were added are among all others. */
static err_t judge(struct loading *l)
{
	err_t e = add_dirs(l);
	if (e == ERR_OK)
		e = index_records(l->t);
	if (e != ERR_OK)
		return e;
	struct inode *n = index_node(l->t, l->ino);
	bool removed = all_removed(l->t, n);
	e = find_taken(l, n);
	if (e == ERR_OK && removed)
		e = bury(l);
	if (e == ERR_OK)
		e = live_file(l->t, n);
	l->a->revived = removed && n->file.live_n;
	return e;
}

static err_t load_file(struct loading *l)
{
	err_t e = add_links(l);
	if (e == ERR_OK)
		e = add_versions(l);
	if (e == ERR_OK)
		e = judge(l);
	if (e != ERR_OK)
		return e;
	const struct inode *n = index_node(l->t, l->ino);
	bool other_link = n->links.n && l->t->links.v[n->links.at].lid != LID_FIRST;
	l->a->more = n->links.n > 1 || other_link || n->versions.n > 1 || l->elsewhere;
	index_node(l->t, l->ino)->file.single = !l->a->more;
	return ERR_OK;
}

/* A file of which INODE tells everything. */
static err_t load_plain(struct loading *l, struct shared_inode *s)
{
	err_t e = ERR_OK;
	if (s->has_link) {
		if (!vec_room(l->links.v, 0, 1, &l->links.cap))
			return ERR_NOMEM;
		l->links.v[l->links.n++] = s->link;
		s->link = (struct link_rec){ 0 };
		e = add_link(l, &l->links.v[0]);
	}
	if (e == ERR_OK && s->has_version)
		e = tree_add_version(l->t, &s->version);
	if (e == ERR_OK)
		e = judge(l);
	if (e == ERR_OK)
		index_node(l->t, l->ino)->file.single = true;
	return e;
}

static err_t load_dir(struct loading *l)
{
	err_t e = add_links(l);
	if (e == ERR_OK)
		e = index_records(l->t);
	struct tree_link *link = e == ERR_OK ? index_link(l->t, l->ino, LID_FIRST) : NULL;
	if (link)
		link->live = true;
	if (link && link->removed) /* shown for what is in it */
		e = context_has(l->c, shown_key_1(SHOWN_NAMES, l->ino), &link->live);
	return e;
}

static void nobody(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	(void)root;
	(void)time;
	out[0] = 0;
}

static err_t load(struct loading *l)
{
	const struct tree_naming naming = { .who = nobody };
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	if (l->ino == 0 || l->ino == INO_ROOT || l->ino == INO_LOST)
		return ERR_OK;
	err_t e = shared_bare(l->c->shared, l->ino, &s);
	if (e != ERR_OK)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	l->a->type = s.head.type;
	l->a->birth = s.head.birth;
	e = tree_new(&naming, &l->a->t);
	l->t = l->a->t;
	if (e == ERR_OK)
		e = tree_add_inode(l->t, &s.head);
	if (e != ERR_OK)
		return e;
	l->t->homes_known = true;
	if (s.head.type == TYPE_DIR)
		return load_dir(l);
	bool more = true;
	if (l->c->settled)
		e = context_there(l->c, shown_key_1(SHOWN_SEVERAL, l->ino), &more);
	if (e != ERR_OK)
		return e;
	return more ? load_file(l) : load_plain(l, &s);
}

err_t alone_load(const struct context *c, uint64_t ino, struct alone *ret)
{
	struct alone a = { .ino = ino };
	cleanup(loading_free) struct loading l = { .c = c, .a = &a, .ino = ino };
	err_t e = load(&l);
	if (e == ERR_OK)
		*ret = a;
	else
		alone_free(&a);
	return e;
}
