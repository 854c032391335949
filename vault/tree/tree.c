/* SPDX-License-Identifier: MIT */
#include "vault/tree/tree.h"

#include "util/cleanup.h"
#include "vault/tree/copy.h"
#include "vault/tree/parts.h"

void tree_freep(struct tree **t)
{
	if (*t)
		(*t)->reader->free(*t);
	*t = NULL;
}

err_t tree_dir(const struct tree *t, uint64_t ino, const struct tree_dir **ret)
{
	return t->reader->dir(t, ino, ret);
}

err_t tree_is_empty(const struct tree *t, uint64_t dir, bool *ret)
{
	return t->reader->is_empty(t, dir, ret);
}

err_t tree_lookup(const struct tree *t, uint64_t dir, struct span name, const struct tree_entry **ret)
{
	return t->reader->lookup(t, dir, name, ret);
}

err_t tree_file(const struct tree *t, uint64_t ino, const struct tree_file **ret)
{
	return t->reader->file(t, ino, ret);
}

err_t tree_link(const struct tree *t, uint64_t ino, uint64_t lid, const struct tree_link **ret)
{
	return t->reader->link(t, ino, lid, ret);
}

err_t tree_link_entry(const struct tree *t, const struct tree_link *l, const struct tree_entry **ret)
{
	return t->reader->link_entry(t, l, ret);
}

err_t tree_sibling_entry(const struct tree *t, const struct tree_version *v, const struct tree_entry **ret)
{
	return t->reader->sibling_entry(t, v, ret);
}

err_t tree_version(const struct tree *t, uint64_t ino, const struct version_id *id, const struct tree_version **ret)
{
	const struct tree_file *f;
	err_t e = tree_file(t, ino, &f);
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < f->shown_n; i++) {
		if (version_id_cmp(f->versions[i].id, *id))
			continue;
		*ret = &f->versions[i];
		return ERR_OK;
	}
	return ERR_NOTFOUND;
}

err_t tree_nlink(const struct tree *t, const struct tree_entry *e, unsigned *ret)
{
	if (!e->version)
		return ERR_NOTFOUND;
	*ret = 1;
	return e->sibling ? ERR_OK : t->reader->nlink(t, e->ino, ret);
}

static err_t number_of_sibling(const struct tree *t, uint64_t ino, const struct tree_version *v, uint64_t *ret)
{
	const struct tree_file *f;
	struct version_id by;
	struct copy copy;
	err_t e = tree_file(t, ino, &f);
	if (e == ERR_OK)
		e = copy_of_version(f, v, &by, &copy);
	if (e == ERR_OK)
		*ret = copy.ino;
	return e;
}

err_t tree_number_of(const struct tree *t, const struct tree_entry *e, uint64_t *ret)
{
	uint64_t derived = e->ino;
	err_t r = e->sibling ? number_of_sibling(t, e->ino, e->version, &derived) : ERR_OK;
	if (r == ERR_OK)
		*ret = stand_in_as(t->naming.stand_ins, derived);
	return r;
}

uint64_t tree_meant(const struct tree *t, uint64_t number)
{
	return stand_in_meant(t->naming.stand_ins, number);
}

static err_t sibling_by_number(const struct tree *t, uint64_t number, const struct tree_entry **ret)
{
	const struct tree_file *f;
	const struct tree_entry *x = NULL;
	uint64_t ino, is;
	err_t e = t->reader->split_from(t, number, &ino);
	if (e == ERR_OK)
		e = tree_file(t, ino, &f);
	for (size_t i = 1; e == ERR_OK && !x && i < f->shown_n; i++) {
		e = number_of_sibling(t, ino, &f->versions[i], &is);
		if (e == ERR_OK && is == number)
			e = tree_sibling_entry(t, &f->versions[i], &x);
	}
	if (e == ERR_OK && !x)
		return ERR_NOTFOUND;
	if (e == ERR_OK)
		*ret = x;
	return e;
}

err_t tree_number(const struct tree *t, uint64_t shown, const struct tree_entry **ret)
{
	const uint64_t number = tree_meant(t, shown);
	const struct tree_dir *d;
	const struct tree_file *f;
	if (!number)
		return ERR_NOTFOUND;
	err_t e = tree_dir(t, number, &d);
	if (e == ERR_OK)
		*ret = d->entry;
	if (e != ERR_NOTFOUND)
		return e;
	e = tree_file(t, number, &f);
	for (size_t i = 0; e == ERR_OK && i < f->links_n; i++)
		if (f->links[i].live)
			return tree_link_entry(t, &f->links[i], ret);
	return e == ERR_OK || e == ERR_NOTFOUND ? sibling_by_number(t, number, ret) : e;
}

err_t tree_is_revived(const struct tree *t, uint64_t ino, bool *ret)
{
	return t->reader->is_revived(t, ino, ret);
}

err_t tree_voided(const struct tree *t, struct tree_inos *ret)
{
	return t->reader->voided(t, ret);
}

err_t tree_revived(const struct tree *t, struct tree_inos *ret)
{
	return t->reader->revived(t, ret);
}

bool tree_dir_has(const struct tree_dir *d, uint64_t ino)
{
	for (size_t i = 0; i < d->members_n; i++)
		if (d->members[i] == ino)
			return true;
	return false;
}

err_t tree_hangs_in(const struct tree *t, uint64_t dir, uint64_t top, bool *ret)
{
	const struct tree_dir *d;
	err_t e = tree_dir(t, top, &d);
	return e == ERR_OK ? t->reader->hangs_in(t, dir, d, ret) : e;
}

err_t tree_bound(const struct tree *t, uint64_t ino, uint64_t lid, struct tree_links *ret)
{
	return t->reader->bound(t, ino, lid, ret);
}

err_t tree_leans(const struct tree *t, const struct tree_entry *e, struct span name, bool *ret)
{
	*ret = false;
	if (!e->counter)
		return ERR_OK;
	char who[CONFLICT_WHO];
	t->naming.who(t->naming.ctx, &e->version->root, e->version->root_time, who);
	unsigned n = conflict_counter(e->recorded, who, name);
	*ret = span_cmp(e->recorded, name) == 0 || (n > 0 && n < e->counter);
	return ERR_OK;
}

err_t tree_path(const struct tree *t, uint64_t dir, struct buf *out)
{
	const struct tree_dir *d;
	err_t e = tree_dir(t, dir, &d);
	if (e != ERR_OK)
		return e;
	size_t len = 0;
	for (const struct tree_dir *up = d; up->entry && e == ERR_OK; e = tree_dir(t, up->up, &up))
		len += 1 + up->entry->name.len;
	uint8_t *to = e == ERR_OK && len ? buf_extend(out, len) : NULL;
	for (; to && d->entry && e == ERR_OK; e = tree_dir(t, d->up, &d)) { /* from its end */
		struct span name = d->entry->name;
		len -= name.len + 1;
		to[len] = '/';
		__builtin_memcpy(to + len + 1, name.p, name.len);
	}
	return e == ERR_OK ? buf_ok(out) : e;
}

err_t tree_children(const struct tree *t, uint64_t dir, tree_visit fn, void *ctx)
{
	return t->reader->children(t, dir, &(struct tree_pick){ .what = TREE_ALL }, fn, ctx);
}

/* Some of the children. */
struct some {
	const struct tree *t;
	struct span name;
	tree_visit fn;
	void *ctx;
};

static err_t visit_leaning(void *ctx, const struct tree_entry *x)
{
	const struct some *s = ctx;
	bool leans;
	err_t e = tree_leans(s->t, x, s->name, &leans);
	return e == ERR_OK && leans ? s->fn(s->ctx, x) : e;
}

err_t tree_leaning(const struct tree *t, uint64_t dir, struct span name, tree_visit fn, void *ctx)
{
	struct some s = { t, name, fn, ctx };
	return t->reader->children(t, dir, &(struct tree_pick){ TREE_LEANING, name }, visit_leaning, &s);
}

static err_t visit_namesake(void *ctx, const struct tree_entry *x)
{
	const struct some *s = ctx;
	return x->version && span_cmp(x->recorded, s->name) == 0 ? s->fn(s->ctx, x) : ERR_OK;
}

err_t tree_namesakes(const struct tree *t, uint64_t dir, struct span name, tree_visit fn, void *ctx)
{
	struct some s = { t, name, fn, ctx };
	return t->reader->children(t, dir, &(struct tree_pick){ TREE_NAMESAKES, name }, visit_namesake, &s);
}

err_t tree_conflicts(const struct tree *t, tree_visit fn, void *ctx)
{
	return t->reader->conflicts(t, fn, ctx);
}
