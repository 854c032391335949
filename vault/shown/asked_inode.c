/* SPDX-License-Identifier: MIT */
#include "vault/shown/asked_inode.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/tree/index.h"

#include <string.h>

static size_t place_of(const struct asked *a, uint64_t ino)
{
	size_t low = 0, high = a->inodes_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (a->inodes[mid]->ino < ino)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

err_t asked_inode(const struct tree *t, uint64_t ino, const struct alone **ret)
{
	struct asked *a = asked_of(t);
	size_t at = place_of(a, ino);
	if (at == a->inodes_n || a->inodes[at]->ino != ino) {
		cleanup_free struct alone *one = calloc(1, sizeof(*one));
		if (!one || !vec_room(a->inodes, a->inodes_n, 1, &a->inodes_cap))
			return ERR_NOMEM;
		err_t e = alone_load(&a->c, ino, one);
		if (e != ERR_OK)
			return e;
		memmove(&a->inodes[at + 1], &a->inodes[at], (a->inodes_n - at) * sizeof(struct alone *));
		a->inodes[at] = steal_ptr(one);
		a->inodes_n++;
	}
	*ret = a->inodes[at];
	return a->inodes[at]->t ? ERR_OK : ERR_NOTFOUND;
}

bool asked_is_file(const struct tree *t, uint64_t ino)
{
	const struct asked *a = asked_of(t);
	size_t at = place_of(a, ino);
	const struct alone *one = at < a->inodes_n && a->inodes[at]->ino == ino ? a->inodes[at] : NULL;
	return one && one->t && one->type != TYPE_DIR;
}

err_t asked_file(const struct tree *t, uint64_t ino, const struct tree_file **ret)
{
	const struct alone *one;
	err_t e = asked_inode(t, ino, &one);
	if (e == ERR_OK && one->type == TYPE_DIR)
		e = ERR_NOTFOUND;
	if (e == ERR_OK)
		*ret = &index_node(one->t, ino)->file;
	return e;
}

err_t asked_link(const struct tree *t, uint64_t ino, uint64_t lid, const struct tree_link **ret)
{
	const struct alone *one;
	err_t e = asked_inode(t, ino, &one);
	const struct tree_link *l = e == ERR_OK ? index_link(one->t, ino, lid) : NULL;
	if (e == ERR_OK && !l)
		e = ERR_NOTFOUND;
	if (e == ERR_OK)
		*ret = l;
	return e;
}

struct list { /* links */
	struct asked_links *v;
	size_t n, cap;
};

static err_t list_add(struct list *l, const struct tree_link *one)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 4;
		struct asked_links *v = realloc(l->v, sizeof(*v) + cap * sizeof(v->v[0]));
		if (!v)
			return ERR_NOMEM;
		l->v = v;
		l->cap = cap;
	}
	l->v->v[l->n++] = one;
	return ERR_OK;
}

static void list_free(struct list *l)
{
	free(l->v);
}

/* Those of one inode that are bound to (ino, lid). */
static err_t add_bound(const struct tree *t, const uint64_t key[3], struct list *list)
{
	cleanup(u64s_free) struct u64s lids = { 0 };
	err_t e = context_numbers(&asked_of(t)->c, shown_key(SHOWN_BOUND, key, 3), 3, &lids);
	for (size_t i = 0; e == ERR_OK && i < lids.n; i++) {
		const struct tree_link *l;
		e = asked_link(t, key[2], lids.v[i], &l);
		if (e == ERR_OK)
			e = list_add(list, l);
		else if (e == ERR_NOTFOUND) /* a link without a file */
			e = ERR_OK;
	}
	return e;
}

err_t asked_bound(const struct tree *t, uint64_t ino, uint64_t lid, struct tree_links *ret)
{
	struct asked *a = asked_of(t);
	cleanup(u64s_free) struct u64s inos = { 0 };
	cleanup(list_free) struct list list = { 0 };
	err_t e = context_numbers(&a->c, shown_key_2(SHOWN_BOUND, ino, lid), 2, &inos);
	for (size_t i = 0; e == ERR_OK && i < inos.n; i++)
		e = add_bound(t, (uint64_t[]){ ino, lid, inos.v[i] }, &list);
	if (e != ERR_OK)
		return e;
	*ret = (struct tree_links){ NULL, list.n };
	if (!list.n)
		return ERR_OK;
	list.v->next = a->links;
	ret->v = list.v->v;
	a->links = steal_ptr(list.v);
	return ERR_OK;
}

err_t asked_revived(const struct tree *t, struct tree_inos *ret)
{
	struct asked *a = asked_of(t);
	size_t kept = 0;
	a->revived.n = 0;
	err_t e = context_numbers(&a->c, shown_key(SHOWN_REVIVED, NULL, 0), 0, &a->revived);
	for (size_t i = 0; e == ERR_OK && i < a->revived.n; i++) {
		const struct tree_file *f;
		e = asked_file(t, a->revived.v[i], &f);
		if (e == ERR_OK && f->links_n > 1)
			a->revived.v[kept++] = a->revived.v[i];
	}
	a->revived.n = kept;
	*ret = (struct tree_inos){ a->revived.v, kept };
	return e;
}

err_t asked_split_from(const struct tree *t, uint64_t number, uint64_t *ret)
{
	cleanup(u64s_free) struct u64s files = { 0 };
	err_t e = context_numbers(&asked_of(t)->c, shown_key_1(SHOWN_COPIES, number), 1, &files);
	if (e == ERR_OK && !files.n)
		e = ERR_NOTFOUND;
	if (e == ERR_OK)
		*ret = files.v[0];
	return e;
}
