/* SPDX-License-Identifier: MIT */
#include "vault/tree/tree.h"

#include "util/cleanup.h"
#include "vault/tree/copy.h"
#include "vault/tree/index.h"

#include <stdlib.h>

void tree_freep(struct tree **tp)
{
	struct tree *t = *tp;
	if (!t)
		return;
	void *parts[] = { t->nodes.v,   t->links.v,   t->more.v,      t->seen.v,   t->replaced.v, t->versions.v,
		          t->written.v, t->bound.v,   t->bound_links, t->order,    t->subs,       t->files,
		          t->voided.v,  t->revived.v, t->entries,     t->children, t->members,    t->hidden };
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		free(parts[i]);
	arena_free(&t->names);
	free(t);
	*tp = NULL;
}

err_t tree_dir(const struct tree *t, uint64_t ino, const struct tree_dir **ret)
{
	const struct inode *n = index_node(t, ino);
	if (!n || n->identity == NONE)
		return ERR_NOTFOUND;
	*ret = &t->nodes.v[n->identity].dir;
	return ERR_OK;
}

err_t tree_lookup(const struct tree *t, uint64_t dir, struct span name, const struct tree_entry **ret)
{
	const struct tree_dir *d;
	err_t e = tree_dir(t, dir, &d);
	if (e != ERR_OK)
		return e;
	size_t low = 0, high = d->children_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = span_cmp(d->children[mid]->name, name);
		if (c == 0) {
			*ret = d->children[mid];
			return ERR_OK;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return ERR_NOTFOUND;
}

err_t tree_file(const struct tree *t, uint64_t ino, const struct tree_file **ret)
{
	const struct inode *n = index_node(t, ino);
	if (!n || n->type == TYPE_DIR)
		return ERR_NOTFOUND;
	*ret = &n->file;
	return ERR_OK;
}

err_t tree_link(const struct tree *t, uint64_t ino, uint64_t lid, const struct tree_link **ret)
{
	const struct tree_link *l = index_link(t, ino, lid);
	if (!l)
		return ERR_NOTFOUND;
	*ret = l;
	return ERR_OK;
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
	const struct inode *n = index_node(t, e->ino);
	if (!n || n->type == TYPE_DIR)
		return ERR_NOTFOUND;
	*ret = e->sibling ? 1 : n->nlink;
	return ERR_OK;
}

static err_t number_of_sibling(const struct tree *t, const struct tree_entry *e, uint64_t *ret)
{
	const struct tree_file *f;
	struct version_id by;
	struct copy copy;
	err_t r = tree_file(t, e->ino, &f);
	if (r == ERR_OK)
		r = copy_of_version(f, e->version, &by, &copy);
	if (r == ERR_OK)
		*ret = copy.ino;
	return r;
}

err_t tree_number_of(const struct tree *t, const struct tree_entry *e, uint64_t *ret)
{
	if (e->sibling)
		return number_of_sibling(t, e, ret);
	*ret = e->ino;
	return ERR_OK;
}

static err_t sibling_by_number(const struct tree *t, uint64_t number, const struct tree_entry **ret)
{
	for (size_t i = 0; i < t->entries_n; i++) {
		uint64_t is;
		if (!t->entries[i].sibling)
			continue;
		err_t e = number_of_sibling(t, &t->entries[i], &is);
		if (e != ERR_OK)
			return e;
		if (is != number)
			continue;
		*ret = &t->entries[i];
		return ERR_OK;
	}
	return ERR_NOTFOUND;
}

err_t tree_number(const struct tree *t, uint64_t number, const struct tree_entry **ret)
{
	const struct tree_dir *d;
	const struct tree_file *f;
	err_t e = tree_dir(t, number, &d);
	if (e == ERR_OK)
		*ret = d->entry;
	if (e != ERR_NOTFOUND)
		return e;
	e = tree_file(t, number, &f);
	for (size_t i = 0; e == ERR_OK && i < f->links_n; i++) {
		if (!f->links[i].live)
			continue;
		*ret = f->links[i].entry;
		return ERR_OK;
	}
	return e == ERR_OK || e == ERR_NOTFOUND ? sibling_by_number(t, number, ret) : e;
}

err_t tree_is_revived(const struct tree *t, uint64_t ino, bool *ret)
{
	const struct inode *n = index_node(t, ino);
	if (!n || n->identity == NONE)
		return ERR_NOTFOUND;
	*ret = n->revived;
	return ERR_OK;
}

err_t tree_voided(const struct tree *t, struct tree_inos *ret)
{
	*ret = (struct tree_inos){ t->voided.v, t->voided.n };
	return ERR_OK;
}

err_t tree_revived(const struct tree *t, struct tree_inos *ret)
{
	*ret = (struct tree_inos){ t->revived.v, t->revived.n };
	return ERR_OK;
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
	if (e != ERR_OK)
		return e;
	const struct inode *n = index_node(t, dir);
	while (n && n->is_dir && n->hang != NONE && !tree_dir_has(d, n->ino))
		n = &t->nodes.v[n->hang];
	*ret = n && tree_dir_has(d, n->ino);
	return ERR_OK;
}

err_t tree_bound(const struct tree *t, uint64_t ino, uint64_t lid, struct tree_links *ret)
{
	size_t low = 0, high = t->bound.n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct bound_ref *b = &t->bound.v[mid];
		if (b->ino < ino || (b->ino == ino && b->lid < lid))
			low = mid + 1;
		else
			high = mid;
	}
	size_t n = 0;
	while (low + n < t->bound.n && t->bound.v[low + n].ino == ino && t->bound.v[low + n].lid == lid)
		n++;
	*ret = (struct tree_links){ n ? t->bound_links + low : NULL, n };
	return ERR_OK;
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

err_t tree_leaning(const struct tree *t, uint64_t dir, struct span name, tree_visit fn, void *ctx)
{
	const struct tree_dir *d;
	err_t e = tree_dir(t, dir, &d);
	for (size_t i = 0; e == ERR_OK && i < d->children_n; i++) {
		bool leans;
		e = tree_leans(t, d->children[i], name, &leans);
		if (e == ERR_OK && leans)
			e = fn(ctx, d->children[i]);
	}
	return e;
}

err_t tree_namesakes(const struct tree *t, uint64_t dir, struct span name, tree_visit fn, void *ctx)
{
	const struct tree_dir *d;
	err_t e = tree_dir(t, dir, &d);
	for (size_t i = 0; e == ERR_OK && i < d->children_n; i++) {
		const struct tree_entry *c = d->children[i];
		if (c->version && span_cmp(c->recorded, name) == 0)
			e = fn(ctx, c);
	}
	return e;
}

err_t tree_conflicts(const struct tree *t, tree_visit fn, void *ctx)
{
	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct inode *n = &t->nodes.v[i];
		if (n->identity != i)
			continue;
		for (size_t k = 0; k < n->dir.children_n; k++) {
			const struct tree_entry *c = n->dir.children[k];
			err_t e = c->counter ? fn(ctx, c) : ERR_OK;
			if (e != ERR_OK)
				return e;
		}
	}
	return ERR_OK;
}
