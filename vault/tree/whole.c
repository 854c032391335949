/* SPDX-License-Identifier: MIT */
#include "vault/tree/whole.h"

#include "util/cleanup.h"
#include "vault/tree/index.h"

#include <stdlib.h>

static void whole_free(struct tree *t)
{
	void *parts[] = { t->nodes.v,   t->links.v,   t->more.v,      t->seen.v,   t->replaced.v, t->versions.v,
		          t->written.v, t->bound.v,   t->bound_links, t->order,    t->subs,       t->files,
		          t->voided.v,  t->revived.v, t->entries,     t->children, t->members,    t->hidden };
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		free(parts[i]);
	arena_free(&t->names);
	free(t);
}

static err_t whole_dir(const struct tree *t, uint64_t ino, const struct tree_dir **ret)
{
	const struct inode *n = index_node(t, ino);
	if (!n || n->identity == NONE)
		return ERR_NOTFOUND;
	*ret = &t->nodes.v[n->identity].dir;
	return ERR_OK;
}

static err_t whole_is_empty(const struct tree *t, uint64_t dir, bool *ret)
{
	const struct tree_dir *d;
	err_t e = whole_dir(t, dir, &d);
	if (e == ERR_OK)
		*ret = d->children_n == 0;
	return e;
}

static err_t whole_lookup(const struct tree *t, uint64_t dir, struct span name, const struct tree_entry **ret)
{
	const struct tree_dir *d;
	err_t e = whole_dir(t, dir, &d);
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

static err_t whole_file(const struct tree *t, uint64_t ino, const struct tree_file **ret)
{
	const struct inode *n = index_node(t, ino);
	if (!n || n->type == TYPE_DIR)
		return ERR_NOTFOUND;
	*ret = &n->file;
	return ERR_OK;
}

static err_t whole_link(const struct tree *t, uint64_t ino, uint64_t lid, const struct tree_link **ret)
{
	const struct tree_link *l = index_link(t, ino, lid);
	if (!l)
		return ERR_NOTFOUND;
	*ret = l;
	return ERR_OK;
}

static err_t whole_children(const struct tree *t, uint64_t dir, const struct tree_pick *pick, tree_visit fn, void *ctx)
{
	const struct tree_dir *d;
	err_t e = whole_dir(t, dir, &d);
	(void)pick;
	for (size_t i = 0; e == ERR_OK && i < d->children_n; i++)
		e = fn(ctx, d->children[i]);
	return e;
}

static err_t whole_conflicts(const struct tree *t, tree_visit fn, void *ctx)
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

static err_t whole_link_entry(const struct tree *t, const struct tree_link *l, const struct tree_entry **ret)
{
	(void)t;
	*ret = l->entry;
	return ERR_OK;
}

static err_t whole_sibling_entry(const struct tree *t, const struct tree_version *v, const struct tree_entry **ret)
{
	(void)t;
	*ret = v->entry;
	return ERR_OK;
}

static err_t whole_split_from(const struct tree *t, uint64_t number, uint64_t *ret)
{
	for (size_t i = 0; i < t->entries_n; i++) {
		const struct tree_entry *x = &t->entries[i];
		struct version_id by;
		struct copy copy;
		if (!x->sibling)
			continue;
		err_t e = copy_of_version(&index_node(t, x->ino)->file, x->version, &by, &copy);
		if (e != ERR_OK)
			return e;
		if (copy.ino != number)
			continue;
		*ret = x->ino;
		return ERR_OK;
	}
	return ERR_NOTFOUND;
}

static err_t whole_nlink(const struct tree *t, uint64_t ino, unsigned *ret)
{
	const struct inode *n = index_node(t, ino);
	if (!n || n->type == TYPE_DIR)
		return ERR_NOTFOUND;
	*ret = n->nlink;
	return ERR_OK;
}

static err_t whole_is_revived(const struct tree *t, uint64_t ino, bool *ret)
{
	const struct inode *n = index_node(t, ino);
	if (!n || n->identity == NONE)
		return ERR_NOTFOUND;
	*ret = n->revived;
	return ERR_OK;
}

static err_t whole_voided(const struct tree *t, struct tree_inos *ret)
{
	*ret = (struct tree_inos){ t->voided.v, t->voided.n };
	return ERR_OK;
}

static err_t whole_revived(const struct tree *t, struct tree_inos *ret)
{
	*ret = (struct tree_inos){ t->revived.v, t->revived.n };
	return ERR_OK;
}

static err_t whole_hangs_in(const struct tree *t, uint64_t dir, const struct tree_dir *top, bool *ret)
{
	const struct inode *n = index_node(t, dir);
	while (n && n->is_dir && n->hang != NONE && !tree_dir_has(top, n->ino))
		n = &t->nodes.v[n->hang];
	*ret = n && tree_dir_has(top, n->ino);
	return ERR_OK;
}

static err_t whole_bound(const struct tree *t, uint64_t ino, uint64_t lid, struct tree_links *ret)
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

const struct tree_reader whole_reader = {
	.dir = whole_dir,
	.is_empty = whole_is_empty,
	.lookup = whole_lookup,
	.children = whole_children,
	.conflicts = whole_conflicts,
	.file = whole_file,
	.link = whole_link,
	.link_entry = whole_link_entry,
	.sibling_entry = whole_sibling_entry,
	.split_from = whole_split_from,
	.nlink = whole_nlink,
	.is_revived = whole_is_revived,
	.voided = whole_voided,
	.revived = whole_revived,
	.hangs_in = whole_hangs_in,
	.bound = whole_bound,
	.free = whole_free,
};
