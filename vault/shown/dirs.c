/* SPDX-License-Identifier: MIT */
#include "vault/shown/dirs.h"

#include "util/cleanup.h"
#include "vault/join/place.h"
#include "vault/join/shared.h"
#include "vault/tree/parts.h"

#include <string.h>

/* More directories above each other than this: the local records are damaged. */
#define DEEPEST (1 << 24)

static bool is_ordinary(uint64_t ino)
{
	return ino != 0 && ino != INO_ROOT && ino != INO_LOST;
}

err_t dirs_holds(const struct context *c, const struct partner *p, bool *ret)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	*ret = true;
	if (!is_ordinary(p->ino))
		return ERR_OK;
	err_t e = shared_link(c->shared, p->ino, p->lid, &l);
	if (e == ERR_OK)
		*ret = stamp_cmp(l.life, p->life) == 0;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t is_removed(const struct context *c, const struct link_rec *l, bool *ret)
{
	err_t e = ERR_OK;
	*ret = l->is_removed;
	for (size_t i = 0; e == ERR_OK && !*ret && i < l->replaced_n; i++)
		e = dirs_holds(c, &l->replaced[i].by, ret);
	return e;
}

/* Of half an exchange that does not hold, the place before. */
static err_t tell_place(const struct context *c, const struct where *w, struct facts *f)
{
	bool holds = true;
	err_t e = w->has_half ? dirs_holds(c, &w->half.with, &holds) : ERR_OK;
	const struct spot *at = holds ? &w->at : &w->half.before;
	f->dir = at->dir;
	f->name = at->name;
	return e;
}

static err_t tell(const struct context *c, const struct link_rec *l, struct facts *f)
{
	f->is_dir = true;
	f->placed = l->where.stamp;
	f->has_back = l->where.has_back;
	f->back_dir = l->where.back.dir;
	f->back_name = l->where.back.name;
	err_t e = tell_place(c, &l->where, f);
	return e == ERR_OK ? is_removed(c, l, &f->removed) : e;
}

err_t dirs_tell(const struct context *c, uint64_t ino, const struct shared_inode *s, struct facts *ret)
{
	struct facts f = { .ino = ino };
	err_t e = ERR_OK;
	if (s) {
		f.type = s->head.type;
		f.birth = s->head.birth;
		f.is_file = f.type != TYPE_DIR;
		e = !f.is_file && s->has_link ? tell(c, &s->link, &f) : ERR_OK;
	}
	if (e == ERR_OK)
		*ret = f;
	return e;
}

err_t dirs_load(const struct context *c, uint64_t ino, struct facts *ret)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	err_t e = is_ordinary(ino) ? shared_place(c->shared, ino, &s) : ERR_NOTFOUND;
	if (e == ERR_OK || e == ERR_NOTFOUND)
		e = dirs_tell(c, ino, e == ERR_OK ? &s : NULL, ret);
	return e;
}

/* ask_dir: of an ordinary one. */
static err_t ask_dir(const struct context *c, uint64_t ino, struct context_dir *ret)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	struct context_dir d = { .ino = ino, .known = true };
	if (c->last && c->last->known && c->last->ino == ino) {
		*ret = *c->last;
		return ERR_OK;
	}
	err_t e = shared_place(c->shared, ino, &s);
	d.is = e == ERR_OK && s.head.type == TYPE_DIR && s.has_link;
	if (d.is)
		e = is_removed(c, &s.link, &d.removed);
	if (e != ERR_OK && e != ERR_NOTFOUND)
		return e;
	if (c->last)
		*c->last = d;
	*ret = d;
	return ERR_OK;
}

err_t dirs_is(const struct context *c, uint64_t ino, bool *ret)
{
	struct context_dir d = { .is = ino == INO_ROOT };
	err_t e = is_ordinary(ino) ? ask_dir(c, ino, &d) : ERR_OK;
	*ret = d.is;
	return e;
}

err_t dirs_stands(const struct context *c, uint64_t ino, bool *ret)
{
	struct context_dir d = { .is = false };
	err_t e = is_ordinary(ino) ? ask_dir(c, ino, &d) : ERR_OK;
	*ret = d.is && !d.removed;
	return e;
}

static err_t hangs_in(const struct context *c, const struct facts *f, uint64_t *ret, bool *is_void)
{
	bool is;
	err_t e = context_hangs(c, f->ino, ret, is_void);
	if (e != ERR_NOTFOUND)
		return e;
	e = dirs_is(c, f->dir, &is);
	*ret = is ? f->dir : INO_LOST;
	*is_void = false;
	return e;
}

err_t dirs_buried(const struct context *c, uint64_t dir, bool *ret)
{
	for (int depth = 0; depth < DEEPEST; depth++) {
		struct facts f;
		bool is_void;
		*ret = dir != INO_ROOT;
		if (dir == INO_ROOT || dir == INO_LOST)
			return ERR_OK;
		err_t e = dirs_load(c, dir, &f);
		if (e == ERR_OK)
			*ret = !f.is_dir || f.removed;
		if (e == ERR_OK && !*ret)
			e = hangs_in(c, &f, &dir, &is_void);
		if (e != ERR_OK || *ret)
			return e;
	}
	return ERR_DAMAGED;
}

err_t dirs_hanging(const struct context *c, const struct facts *f, struct hanging *ret)
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

err_t dirs_lost(const struct context *c, struct hanging *ret)
{
	const struct span name = span_str("lost+found");
	struct hanging h = { .dir = INO_ROOT, .claim = { .type = TYPE_DIR, .ino = INO_LOST, .lid = LID_FIRST } };
	h.claim.name.len = (uint8_t)name.len;
	memcpy(h.claim.name.b, name.p, name.len);
	err_t e = context_has(c, shown_key_1(SHOWN_NAMES, INO_LOST), &h.shown);
	if (e == ERR_OK)
		*ret = h;
	return e;
}
