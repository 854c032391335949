/* SPDX-License-Identifier: MIT */
#include "vault/act/heirs.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/act/put.h"
#include "vault/join/version_set.h"
#include "vault/tree/copy.h"

static err_t holds(struct act *a, const struct partner *p, bool *ret)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	err_t e = shared_link(act_shown(a), p->ino, p->lid, &l);
	if (e != ERR_OK && e != ERR_NOTFOUND)
		return e;
	*ret = e == ERR_NOTFOUND || stamp_cmp(l.life, p->life) == 0;
	return ERR_OK;
}

/* Did one whose removal of the link counts see the version? */
static err_t was_seen(struct act *a, const struct link_rec *l, const struct version_id *id, bool *ret)
{
	err_t e = ERR_OK;
	*ret = l->is_removed && version_set_has(&l->removed.seen, *id);
	for (size_t i = 0; !*ret && e == ERR_OK && i < l->replaced_n; i++)
		if (version_set_has(&l->replaced[i].seen, *id))
			e = holds(a, &l->replaced[i].by, ret);
	return e;
}

static err_t is_copy(void *ctx, const struct copy *c, bool *ret)
{
	struct act *const *a = ctx;
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	err_t e = c->ino ? shared_place(act_shown(*a), c->ino, &s) : ERR_NOTFOUND;
	*ret = e == ERR_OK && id_eq(s.head.birth, c->birth);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* Of what the version came through: did a remover of a link see it? *up: nobody moved or linked that copy since it was
 * split with the life `life`, so what was seen of what it was split from counts, too. */
static err_t look_at_links(struct act *a, uint64_t ino, const struct version_id *id, bool *ret, struct stamp life,
                           bool *up)
{
	cleanup(link_list_free) struct link_list links = { 0 };
	err_t e = shared_links(act_shown(a), ino, &links);
	*up = links.n == 1 && links.v[0].lid == LID_FIRST && stamp_cmp(links.v[0].life, life) == 0;
	for (size_t i = 0; !*ret && e == ERR_OK && i < links.n; i++)
		e = was_seen(a, &links.v[i], id, ret);
	return e;
}

err_t heirs_kept(struct act *a, const struct tree_version *v, struct link_rec *l)
{
	const struct copy_version version = { v->home, v->id, v->root };
	struct copy_path path;
	bool seen = false, up = true;
	err_t e = copy_path(&version, is_copy, &a, &path);
	for (size_t k = e == ERR_OK ? path.n : 0; e == ERR_OK && up && !seen && k-- > 0;) {
		bool alone = k && (path.alone >> (k - 1) & 1);
		e = look_at_links(a, path.ino[k], &v->id, &seen, alone ? v->id.stamp : v->root.stamp, &up);
	}
	if (e != ERR_OK || !seen)
		return e;
	struct stamp stamp = act_tick(a);
	l->is_removed = true;
	l->removed = (struct removal){ .stamp = stamp, .written = stamp };
	return ERR_OK;
}

struct heirs { /* versions that are taken of copies */
	struct act *a;
	const struct tree_file *of;
	struct heir {
		uint64_t ino;
		struct version_id id;
	} * v;
	size_t n, cap;
};

static void heirs_free(struct heirs *h)
{
	free(h->v);
}

static bool is_hidden(const struct tree_file *f, const struct version_id *id)
{
	for (size_t i = f->shown_n; i < f->versions_n; i++)
		if (version_id_cmp(f->versions[i].id, *id) == 0)
			return true;
	return false;
}

/* Does the copy `ino` not show the version, though none of its own removers saw it? */
static err_t is_taken(struct act *a, uint64_t ino, const struct version_id *id, bool *ret)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	const struct tree *t;
	const struct tree_file *f;
	bool seen = false;
	*ret = false;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, ino, &f);
	if (e != ERR_OK || !is_hidden(f, id))
		return e == ERR_NOTFOUND ? ERR_OK : e;
	e = shared_link(act_shown(a), ino, LID_FIRST, &l);
	if (e == ERR_OK)
		e = was_seen(a, &l, id, &seen);
	*ret = e == ERR_OK && !seen;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static bool came_through(const struct copy_path *path, uint64_t ino)
{
	for (size_t i = 0; i + 1 < path->n; i++)
		if (path->ino[i] == ino)
			return true;
	return false;
}

/* It came through the file to a copy. */
static err_t look_at_version(struct heirs *h, const struct version_rec *v)
{
	const struct copy_version version = { v->ino, v->id, v->root };
	struct copy_path path;
	bool taken = false;
	if (v->gone)
		return ERR_OK;
	err_t e = copy_path(&version, is_copy, &h->a, &path);
	if (e == ERR_OK && came_through(&path, h->of->ino))
		e = is_taken(h->a, copy_path_end(&path), &v->id, &taken);
	if (e != ERR_OK || !taken)
		return e;
	if (!vec_room(h->v, h->n, 1, &h->cap))
		return ERR_NOMEM;
	h->v[h->n++] = (struct heir){ copy_path_end(&path), v->id };
	return ERR_OK;
}

static err_t look_at_home(struct heirs *h, uint64_t home)
{
	cleanup(version_list_free) struct version_list list = { 0 };
	err_t e = shared_versions(act_shown(h->a), home, &list);
	for (size_t i = 0; e == ERR_OK && i < list.n; i++)
		e = look_at_version(h, &list.v[i]);
	return e;
}

/* What the file was split from; 0: nothing. */
static err_t origin_of(struct act *a, uint64_t ino, uint64_t *ret)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 }, of = { 0 };
	*ret = 0;
	err_t e = copy_number(ino) ? shared_place(act_shown(a), ino, &s) : ERR_NOTFOUND;
	if (e == ERR_OK)
		e = shared_place(act_shown(a), copy_origin(s.head.birth), &of);
	if (e == ERR_OK)
		*ret = copy_origin(s.head.birth);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* Its copies are looked for among the versions that are recorded under it, and under what it was split from. */
static err_t find(struct heirs *h)
{
	uint64_t home = h->of->ino, origin;
	bool removed = false;
	for (size_t i = 0; i < h->of->links_n; i++)
		removed |= h->of->links[i].removed;
	err_t e = origin_of(h->a, home, &origin);
	if (e != ERR_OK || (!removed && !origin)) /* nothing is taken of what was split from it */
		return e;
	for (int i = 0; e == ERR_OK && home && i < COPIES_IN_A_ROW; i++) {
		e = look_at_home(h, home);
		home = origin;
		if (e == ERR_OK && home)
			e = origin_of(h->a, home, &origin);
	}
	return e;
}

static err_t put_removal(struct heirs *h, const struct heir *v, struct stamp stamp)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	cleanup(version_set_free) struct version_set seen = { 0 };
	err_t e = shared_link(act_shown(h->a), v->ino, LID_FIRST, &l);
	if (e == ERR_OK && !version_set_add(&seen, v->id))
		e = ERR_NOMEM;
	if (e != ERR_OK)
		return e;
	struct link_rec said = l; /* what is new; it joins with what was said before */
	said.is_removed = true;
	said.removed = (struct removal){ stamp, seen, stamp };
	return put_link(h->a, &said);
}

err_t heirs_confirm(struct act *a, const struct tree_file *f)
{
	cleanup(heirs_free) struct heirs h = { .a = a, .of = f };
	err_t e = f->single ? ERR_OK : find(&h);
	if (e != ERR_OK || !h.n)
		return e;
	struct stamp stamp = act_tick(a);
	for (size_t i = 0; e == ERR_OK && i < h.n; i++)
		e = put_removal(&h, &h.v[i], stamp);
	return e;
}
