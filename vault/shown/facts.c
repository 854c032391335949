/* SPDX-License-Identifier: MIT */
#include "vault/shown/facts.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/place.h"
#include "vault/join/shared.h"
#include "vault/tree/index.h"
#include "vault/tree/live.h"

#include <string.h>

/* More directories above each other than this: the local records are damaged. */
#define DEEPEST (1 << 24)

struct loading {
	const struct context *c;
	struct tree *t; /* of the one inode */
	struct facts *f;
	bool dirs_only;
	struct link_list links;
};

static void loading_free(struct loading *l)
{
	tree_freep(&l->t);
	link_list_free(&l->links);
}

void facts_free(struct facts *f)
{
	free(f->claimed);
	*f = (struct facts){ 0 };
}

/* ERR_NOTFOUND: no directory that has a place. */
static err_t read_dir(const struct context *c, uint64_t ino, struct shared_inode *ret)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	if (ino == 0 || ino == INO_ROOT || ino == INO_LOST)
		return ERR_NOTFOUND;
	err_t e = shared_inode(c->shared, ino, &s);
	if (e != ERR_OK || s.head.type != TYPE_DIR || !s.has_link)
		return e == ERR_OK ? ERR_NOTFOUND : e;
	*ret = s;
	s = (struct shared_inode){ 0 };
	return ERR_OK;
}

err_t facts_is_dir(const struct context *c, uint64_t ino, bool *ret)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	err_t e = ino == INO_ROOT ? ERR_OK : read_dir(c, ino, &s);
	*ret = e == ERR_OK;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t copy_is_there(void *ctx, const struct copy *copy, bool *ret)
{
	const struct context *const *c = ctx;
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	err_t e = copy->ino ? shared_inode((*c)->shared, copy->ino, &s) : ERR_NOTFOUND;
	*ret = e == ERR_OK && id_eq(s.head.birth, copy->birth);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

err_t facts_path(const struct context *c, const struct version_rec *v, struct copy_path *ret)
{
	const struct copy_version version = { v->ino, v->id, v->root };
	return copy_path(&version, copy_is_there, &c, ret);
}

/* The link that another is bound to, for its life. */
static err_t add_partner(struct loading *l, const struct partner *p)
{
	cleanup(link_rec_free) struct link_rec link = { 0 };
	if (p->ino == l->f->ino)
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
	err_t e = shared_links(l->c->shared, l->f->ino, &l->links);
	for (size_t i = 0; i < l->links.n && e == ERR_OK; i++)
		e = add_link(l, &l->links.v[i]);
	return e;
}

/* A version that another file shows counts here only as one that was written. */
static err_t add_version(struct loading *l, struct version_rec *v)
{
	struct copy_path path;
	err_t e = v->gone ? ERR_OK : facts_path(l->c, v, &path);
	if (e != ERR_OK)
		return e;
	v->gone = v->gone || copy_path_end(&path) != l->f->ino;
	e = tree_add_version(l->t, v);
	if (e == ERR_OK && !v->gone)
		l->t->versions.v[l->t->versions.n - 1].ino = l->f->ino;
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
	cleanup(numbers_free) struct numbers homes = { 0 };
	err_t e = add_versions_of(l, l->f->ino);
	if (e == ERR_OK)
		e = context_numbers(l->c, shown_key_1(SHOWN_HOMES, l->f->ino), 1, &homes);
	for (size_t i = 0; i < homes.n && e == ERR_OK; i++)
		e = add_versions_of(l, homes.v[i]);
	return e;
}

/* A directory that a link may be in. */
static err_t add_dir(struct loading *l, uint64_t ino)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	for (size_t i = 0; i < l->t->nodes.n; i++)
		if (l->t->nodes.v[i].ino == ino)
			return ERR_OK;
	err_t e = read_dir(l->c, ino, &s);
	if (e != ERR_OK)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	e = tree_add_inode(l->t, &s.head);
	return e == ERR_OK ? tree_add_link(l->t, &s.link)
	                   : e; /* as a partner it may be there twice, which does no harm */
}

static err_t add_dirs(struct loading *l)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < l->links.n && e == ERR_OK; i++) {
		const struct where *w = &l->links.v[i].where;
		e = add_dir(l, w->at.dir);
		if (e == ERR_OK && w->has_half)
			e = add_dir(l, w->half.before.dir);
	}
	return e;
}

static void set_name(struct name *n, struct span s)
{
	n->len = (uint8_t)s.len;
	if (s.len)
		memcpy(n->b, s.p, s.len);
}

static void tell_dir(struct facts *f, const struct tree_link *l)
{
	f->removed = l->removed;
	f->placed = l->placed;
	f->dir = l->dir;
	set_name(&f->name, l->name);
	f->has_back = l->has_back;
	f->back_dir = l->back_dir;
	set_name(&f->back_name, l->back_name);
}

static err_t load_dir(struct loading *l)
{
	err_t e = index_records(l->t);
	const struct tree_link *link = e == ERR_OK ? index_link(l->t, l->f->ino, LID_FIRST) : NULL;
	l->f->is_dir = link;
	if (link)
		tell_dir(l->f, link);
	return e;
}

static err_t hangs_in(const struct context *c, const struct facts *f, uint64_t *ret, bool *is_void)
{
	bool is;
	err_t e = context_hangs(c, f->ino, ret, is_void);
	if (e != ERR_NOTFOUND)
		return e;
	e = facts_is_dir(c, f->dir, &is);
	*ret = is ? f->dir : INO_LOST;
	*is_void = false;
	return e;
}

/* In a directory that is removed or in one that is, or in none. */
static err_t is_buried(const struct context *c, uint64_t dir, bool *ret)
{
	for (int depth = 0; depth < DEEPEST; depth++) {
		cleanup(facts_free) struct facts f = { 0 };
		bool is_void;
		*ret = dir != INO_ROOT;
		if (dir == INO_ROOT || dir == INO_LOST)
			return ERR_OK;
		err_t e = facts_load_dir(c, dir, &f);
		*ret = !f.is_dir || f.removed;
		if (e == ERR_OK && !*ret)
			e = hangs_in(c, &f, &dir, &is_void);
		if (e != ERR_OK || *ret)
			return e;
	}
	return ERR_DAMAGED;
}

static err_t bury(struct loading *l)
{
	for (size_t i = 0; i < l->t->nodes.n; i++) {
		struct inode *n = &l->t->nodes.v[i];
		err_t e = n->is_dir ? is_buried(l->c, n->ino, &n->buried) : ERR_OK;
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static bool all_removed(const struct tree *t, const struct inode *n)
{
	for (size_t i = 0; i < n->links.n; i++)
		if (!t->links.v[n->links.at + i].removed)
			return false;
	return n->links.n;
}

static err_t tell_file(struct facts *f, const struct tree *t, const struct inode *n)
{
	const struct tree_file *file = &n->file;
	f->shown_n = file->shown_n;
	f->claimed = calloc(file->live_n + 1, sizeof(*f->claimed));
	if (!f->claimed)
		return ERR_NOMEM;
	for (size_t i = 0; i < file->links_n; i++) {
		const struct tree_link *l = &file->links[i];
		if (!l->live)
			continue;
		struct claimed *c = &f->claimed[f->claimed_n++];
		c->dir = live_directory(t, l)->ino;
		c->claim = (struct claim){ .type = f->type, .ino = f->ino, .lid = l->lid };
		set_name(&c->claim.name, l->name);
	}
	return ERR_OK;
}

static err_t load_file(struct loading *l)
{
	err_t e = add_versions(l);
	if (e == ERR_OK)
		e = add_dirs(l);
	if (e == ERR_OK)
		e = index_records(l->t);
	struct inode *n = e == ERR_OK ? index_node(l->t, l->f->ino) : NULL;
	bool revived = n && all_removed(l->t, n);
	if (revived)
		e = bury(l);
	if (e == ERR_OK)
		e = live_file(l->t, n);
	if (e == ERR_OK)
		e = tell_file(l->f, l->t, n);
	l->f->revived = revived && l->f->claimed_n;
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
	uint64_t ino = l->f->ino;
	if (ino == 0 || ino == INO_ROOT || ino == INO_LOST)
		return ERR_OK;
	err_t e = shared_inode(l->c->shared, ino, &s);
	if (e != ERR_OK)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	l->f->type = s.head.type;
	l->f->birth = s.head.birth;
	l->f->is_file = s.head.type != TYPE_DIR;
	if (l->f->is_file && l->dirs_only)
		return ERR_OK;
	e = tree_new(&naming, &l->t);
	if (e == ERR_OK)
		e = tree_add_inode(l->t, &s.head);
	if (e == ERR_OK)
		e = add_links(l);
	if (e != ERR_OK)
		return e;
	l->t->homes_known = true;
	return l->f->is_file ? load_file(l) : load_dir(l);
}

/* -- into another tree ------------------------------------------------------------------------------------------- */

static bool is_in(const struct facts_dirs *dirs, uint64_t dir)
{
	for (size_t i = 0; i < dirs->n; i++)
		if (dirs->v[i] == dir)
			return true;
	return false;
}

static err_t copy_link(const struct loading *l, const struct tree_link *from, const struct facts_dirs *dirs,
                       struct tree *t)
{
	struct tree_link link = { .ino = from->ino, .lid = from->lid, .life = from->life, .placed = from->placed };
	uint64_t dir = live_directory(l->t, from)->ino;
	link.dir = is_in(dirs, dir) ? dir : dirs->elsewhere;
	link.seat = from->seat;
	link.more = NONE;
	if (!vec_room(t->links.v, t->links.n, 1, &t->links.cap))
		return ERR_NOMEM;
	err_t e = arena_put(&t->names, from->name, &link.name);
	if (e == ERR_OK)
		t->links.v[t->links.n++] = link;
	return e;
}

static err_t copy_file(const struct loading *l, const struct facts_dirs *dirs, struct tree *t)
{
	const struct inode *n = index_node(l->t, l->f->ino);
	const struct inode_head head = { .ino = n->ino, .type = n->type, .birth = n->birth };
	err_t e = tree_add_inode(t, &head);
	for (size_t i = 0; i < n->file.links_n && e == ERR_OK; i++)
		if (n->file.links[i].live)
			e = copy_link(l, &n->file.links[i], dirs, t);
	for (size_t i = 0; i < n->file.shown_n && e == ERR_OK; i++) {
		if (!vec_room(t->versions.v, t->versions.n, 1, &t->versions.cap))
			return ERR_NOMEM;
		t->versions.v[t->versions.n++] = n->file.versions[i];
	}
	return e;
}

err_t facts_add(const struct context *c, uint64_t ino, const struct facts_dirs *dirs, struct tree *t)
{
	cleanup(facts_free) struct facts f = { .ino = ino };
	cleanup(loading_free) struct loading l = { .c = c, .f = &f };
	err_t e = load(&l);
	return e == ERR_OK && f.is_file ? copy_file(&l, dirs, t) : e;
}

static err_t load_one(const struct context *c, uint64_t ino, bool dirs_only, struct facts *ret)
{
	cleanup(facts_free) struct facts f = { .ino = ino };
	cleanup(loading_free) struct loading l = { .c = c, .f = &f, .dirs_only = dirs_only };
	err_t e = load(&l);
	if (e != ERR_OK)
		return e;
	*ret = f;
	f = (struct facts){ 0 };
	return ERR_OK;
}

err_t facts_load(const struct context *c, uint64_t ino, struct facts *ret)
{
	return load_one(c, ino, false, ret);
}

err_t facts_load_dir(const struct context *c, uint64_t ino, struct facts *ret)
{
	return load_one(c, ino, true, ret);
}

err_t facts_hanging(const struct context *c, const struct facts *f, struct hanging *ret)
{
	struct hanging h = { .shown = !f->removed };
	err_t e = hangs_in(c, f, &h.dir, &h.is_void);
	if (e == ERR_OK && f->removed)
		e = context_has(c, shown_key_1(SHOWN_NAMES, f->ino), &h.shown);
	h.claim = (struct claim){ .type = TYPE_DIR, .ino = f->ino, .lid = LID_FIRST };
	h.claim.name = h.is_void ? f->back_name : f->name;
	if (e == ERR_OK)
		*ret = h;
	return e;
}

err_t facts_lost(const struct context *c, struct hanging *ret)
{
	struct hanging h = { .dir = INO_ROOT, .claim = { .type = TYPE_DIR, .ino = INO_LOST, .lid = LID_FIRST } };
	set_name(&h.claim.name, span_str("lost+found"));
	err_t e = context_has(c, shown_key_1(SHOWN_NAMES, INO_LOST), &h.shown);
	if (e == ERR_OK)
		*ret = h;
	return e;
}
