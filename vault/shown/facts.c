/* SPDX-License-Identifier: MIT */
#include "vault/shown/facts.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/version_set.h"
#include "vault/tree/index.h"
#include "vault/tree/live.h"

#include <string.h>

void facts_free(struct facts *f)
{
	free(f->claimed);
	free(f->copies.v);
	*f = (struct facts){ 0 };
}

static void set_name(struct name *n, struct span s)
{
	n->len = (uint8_t)s.len;
	if (s.len)
		memcpy(n->b, s.p, s.len);
}

static err_t tell_claimed(struct facts *f, const struct tree *t, const struct tree_file *file)
{
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

static bool is_told(const struct tree_file *file, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (id_eq(file->versions[k].id.tag, file->versions[i].id.tag))
			return true;
	return false;
}

/* The numbers of its siblings: an equal one is not told twice (vault/tree/losers.c). */
static err_t tell_copies(struct facts *f, const struct tree_file *file)
{
	err_t e = ERR_OK;
	for (size_t i = 1; e == ERR_OK && file->live_n && i < file->shown_n; i++) {
		struct version_id by;
		struct copy copy;
		if (is_told(file, i))
			continue;
		e = copy_of_version(file, &file->versions[i], &by, &copy);
		if (e == ERR_OK)
			e = u64s_add(&f->copies, copy.ino);
	}
	return e;
}

static err_t tell_file(struct facts *f, const struct alone *a)
{
	const struct tree_file *file = &index_node(a->t, a->ino)->file;
	f->is_file = true;
	f->type = a->type;
	f->birth = a->birth;
	f->revived = a->revived;
	f->more = a->more;
	f->shown_n = file->shown_n;
	if (!f->more && file->versions_n) {
		f->version = file->versions[0].id;
		f->root = file->versions[0].root;
	}
	err_t e = tell_claimed(f, a->t, file);
	return e == ERR_OK ? tell_copies(f, file) : e;
}

/* -- of which INODE tells everything ----------------------------------------------------------------------------- */

/* is_plain: its link hangs on no other; if it is removed, who removed it saw the version. */
static bool is_plain(const struct shared_inode *s)
{
	const struct link_rec *l = &s->link;
	if (!s->has_link || l->replaced_n || l->where.has_half)
		return false;
	return !l->is_removed || !s->has_version || version_set_has(&l->removed.seen, s->version.id);
}

static err_t tell_plain(const struct context *c, const struct shared_inode *s, struct facts *f)
{
	bool is_dir;
	if (!s->has_version)
		return ERR_OK;
	f->version = s->version.id;
	f->root = s->version.root;
	if (s->link.is_removed)
		return ERR_OK;
	f->claimed = calloc(1, sizeof(*f->claimed));
	if (!f->claimed)
		return ERR_NOMEM;
	f->claimed->claim = (struct claim){ f->type, f->ino, LID_FIRST, s->link.where.at.name };
	f->claimed_n = f->shown_n = 1;
	err_t e = dirs_is(c, s->link.where.at.dir, &is_dir);
	f->claimed->dir = is_dir ? s->link.where.at.dir : INO_LOST;
	return e;
}

/* is_single: `known`, or the local records say so. */
static err_t is_single(const struct context *c, uint64_t ino, bool known, bool *ret)
{
	bool more = true;
	*ret = known;
	if (known || !c->settled)
		return ERR_OK;
	err_t e = context_there(c, shown_key_1(SHOWN_SEVERAL, ino), &more);
	*ret = !more;
	return e;
}

static err_t tell_of_file(const struct context *c, const struct shared_inode *s, bool single, struct facts *f)
{
	cleanup(alone_free) struct alone a = { 0 };
	err_t e = is_single(c, f->ino, single, &single);
	if (e == ERR_OK && single && is_plain(s))
		return tell_plain(c, s, f);
	if (e == ERR_OK)
		e = alone_load(c, f->ino, &a);
	return e == ERR_OK ? tell_file(f, &a) : e;
}

err_t facts_tell(const struct context *c, uint64_t ino, const struct facts_read *r, struct facts *ret)
{
	cleanup(facts_free) struct facts f = { 0 };
	err_t e = dirs_tell(c, ino, r->there ? &r->inode : NULL, &f);
	if (e == ERR_OK && f.is_file)
		e = tell_of_file(c, &r->inode, r->single, &f);
	if (e != ERR_OK)
		return e;
	*ret = f;
	f = (struct facts){ 0 };
	return ERR_OK;
}

err_t facts_read(const struct context *c, uint64_t ino, struct facts_read *ret)
{
	bool ordinary = ino != 0 && ino != INO_ROOT && ino != INO_LOST;
	err_t e = ordinary ? shared_bare(c->shared, ino, &ret->inode) : ERR_NOTFOUND;
	ret->there = e == ERR_OK;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

void facts_read_free(struct facts_read *r)
{
	shared_inode_free(&r->inode);
}

err_t facts_load(const struct context *c, uint64_t ino, struct facts *ret)
{
	cleanup(facts_read_free) struct facts_read r = { .there = false };
	err_t e = facts_read(c, ino, &r);
	return e == ERR_OK ? facts_tell(c, ino, &r, ret) : e;
}

/* -- into another tree ------------------------------------------------------------------------------------------- */

static bool is_in(const struct facts_dirs *dirs, uint64_t dir)
{
	for (size_t i = 0; i < dirs->n; i++)
		if (dirs->v[i] == dir)
			return true;
	return false;
}

static err_t copy_link(const struct alone *a, const struct tree_link *from, const struct facts_dirs *dirs,
                       struct tree *t)
{
	struct tree_link link = { .ino = from->ino, .lid = from->lid, .life = from->life, .placed = from->placed };
	uint64_t dir = live_directory(a->t, from)->ino;
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

static err_t copy_file(const struct alone *a, const struct facts_dirs *dirs, struct tree *t)
{
	const struct inode *n = index_node(a->t, a->ino);
	const struct inode_head head = { .ino = n->ino, .type = n->type, .birth = n->birth };
	err_t e = tree_add_inode(t, &head);
	for (size_t i = 0; i < n->file.links_n && e == ERR_OK; i++)
		if (n->file.links[i].live)
			e = copy_link(a, &n->file.links[i], dirs, t);
	for (size_t i = 0; i < n->file.shown_n && e == ERR_OK; i++) {
		if (!vec_room(t->versions.v, t->versions.n, 1, &t->versions.cap))
			return ERR_NOMEM;
		t->versions.v[t->versions.n++] = n->file.versions[i];
	}
	return e;
}

err_t facts_add(const struct context *c, uint64_t ino, const struct facts_dirs *dirs, struct tree *t)
{
	cleanup(alone_free) struct alone a = { 0 };
	err_t e = alone_load(c, ino, &a);
	return e == ERR_OK && a.t && a.type != TYPE_DIR ? copy_file(&a, dirs, t) : e;
}
