/* SPDX-License-Identifier: MIT
 * By cluster, before and after; of directories that are united otherwise all.
 */
#include "vault/work/changed_names.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/shown/children.h"

#include <stdlib.h>
#include <string.h>

void clusters_free(struct clusters *c)
{
	free(c->v);
	*c = (struct clusters){ 0 };
}

err_t clusters_add(struct clusters *c, struct cluster one)
{
	if (!vec_room(c->v, c->n, 1, &c->cap))
		return ERR_NOMEM;
	c->v[c->n++] = one;
	return ERR_OK;
}

static err_t add_cluster(struct clusters *c, uint64_t dir, uint64_t hash)
{
	return clusters_add(c, (struct cluster){ dir, shown_cluster(hash) });
}

err_t clusters_add_name(const struct context *c, struct listed at, struct clusters *ret)
{
	uint64_t hash;
	err_t e = shown_hash(c->hash, at.name, &hash);
	return e ? e : add_cluster(ret, at.dir, hash);
}

static err_t add_link(const struct context *c, const struct tree_link *l, struct clusters *ret)
{
	uint64_t hash;
	bool more = false;
	err_t e = shown_hash(c->hash, l->name, &hash);
	if (!e)
		e = context_has(c, shown_key_1(SHOWN_MEMBERS, l->dir), &more);
	if (!e && !more)
		e = context_has(c, shown_key_cluster(SHOWN_SPECIAL, l->dir, hash), &more);
	return !e && more ? add_cluster(ret, l->dir, hash) : e;
}

err_t clusters_add_links(const struct context *c, const struct tree_file *f, struct clusters *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < f->links_n; i++)
		if (f->links[i].live)
			e = add_link(c, &f->links[i], ret);
	return e;
}

/* What a directory shows, or a part of it: by hash, then name. */
struct listing {
	struct child *v;
	size_t n, cap;
};

static void listing_free(struct listing *l)
{
	free(l->v);
}

static err_t list_child(void *ctx, const struct child *c)
{
	struct listing *l = ctx;
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	l->v[l->n++] = *c;
	return ERR_OK;
}

static int cmp_child(const struct child *a, const struct child *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return name_cmp(&a->name, &b->name);
}

/* entry_of: in each of the directories that are one: who knows it by an old number still does. */
static err_t entry_of(const struct u64s *dirs, const struct name *name, uint64_t before, uint64_t after,
                      struct work_changes *ret)
{
	struct work_change c = { .kind = WORK_ENTRY, .before = before, .after = after, .name = *name };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && before != after && i < dirs->n; i++) {
		c.ino = dirs->v[i];
		e = changes_add(ret, &c);
	}
	return e;
}

static err_t compare(const struct u64s *dirs, const struct listing *a, const struct listing *b,
                     struct work_changes *ret)
{
	size_t i = 0, k = 0;
	err_t e = ERR_OK;
	while (!e && (i < a->n || k < b->n)) {
		int c = i == a->n ? 1 : -1;
		if (i < a->n && k < b->n)
			c = cmp_child(&a->v[i], &b->v[k]);
		const struct child *was = c <= 0 ? &a->v[i++] : NULL, *is = c >= 0 ? &b->v[k++] : NULL;
		e = entry_of(dirs, was ? &was->name : &is->name, was ? was->ino : 0, is ? is->ino : 0, ret);
	}
	return e;
}

/* cluster_changed: nothing is shown where no such directory is. */
static err_t cluster_changed(const struct work_step *s, const struct u64s *dirs, uint64_t hash,
                             struct work_changes *ret)
{
	cleanup(listing_free) struct listing before = { 0 }, after = { 0 };
	const struct children_from at = { dirs->v[0], hash };
	err_t e = children_cluster(s->before, s->was_naming, at, list_child, &before);
	if (!e)
		e = children_cluster(s->after, s->naming, at, list_child, &after);
	return e ? e : compare(dirs, &before, &after, ret);
}

static err_t list_all(const struct context *c, const struct tree_naming *naming, uint64_t dir, struct listing *ret)
{
	return children_visit(c, naming, (struct children_from){ dir, 0 }, list_child, ret);
}

static err_t all_changed(const struct work_step *s, const struct u64s *dirs, uint64_t dir, struct work_changes *ret)
{
	cleanup(listing_free) struct listing before = { 0 }, after = { 0 };
	err_t e = list_all(s->before, s->was_naming, dir, &before);
	if (!e)
		e = list_all(s->after, s->naming, dir, &after);
	return e ? e : compare(dirs, &before, &after, ret);
}

static err_t listing_changed(const struct u64s *dirs, struct work_changes *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < dirs->n; i++)
		e = changes_add(ret, &(struct work_change){ .kind = WORK_CONTENTS, .ino = dirs->v[i] });
	return e;
}

static bool any_known(const struct work_told *t, const struct u64s *numbers)
{
	for (size_t i = 0; i < numbers->n; i++)
		if (t->known(t->ctx, numbers->v[i]))
			return true;
	return false;
}

/* members_of: of `dir`, before and after; ret_same: these are the same ones. */
static err_t members_of(const struct work_step *s, uint64_t dir, struct u64s *ret, bool *ret_same)
{
	err_t e = context_members(s->before, dir, ret);
	size_t n = ret->n;
	if (!e)
		e = context_members(s->after, dir, ret);
	*ret_same = !e && ret->n == 2 * n && !memcmp(ret->v, ret->v + n, n * sizeof(*ret->v));
	u64s_sort(ret);
	return e;
}

/* dir_changed: what of it is in the clusters. */
static err_t dir_changed(const struct work_step *s, struct clusters some, struct u64s *unknown,
                         struct work_changes *ret)
{
	cleanup(u64s_free) struct u64s dirs = { 0 };
	const struct cluster *v = some.v;
	bool same;
	err_t e = members_of(s, v->dir, &dirs, &same);
	if (e)
		return e;
	if (!any_known(s->told, &dirs))
		return unknown ? u64s_add(unknown, v->dir) : ERR_OK;
	e = listing_changed(&dirs, ret);
	if (!e && !same)
		return all_changed(s, &dirs, v->dir, ret);
	for (size_t i = 0; !e && i < some.n; i++)
		if (!i || v[i].hash != v[i - 1].hash)
			e = cluster_changed(s, &dirs, v[i].hash, ret);
	return e;
}

/* add_local: what a local record tells of; of members, some cluster of theirs. */
static err_t add_local(struct span key, struct clusters *ret)
{
	uint64_t dir, hash = 0;
	uint8_t kind = key.len ? *(const uint8_t *)key.p : 0;
	if (kind != SHOWN_NAMES && kind != SHOWN_SPECIAL && kind != SHOWN_MEMBERS)
		return ERR_OK;
	err_t e = shown_key_number(key, 0, &dir);
	if (!e && kind != SHOWN_MEMBERS)
		e = shown_key_number(key, 1, &hash);
	return e ? e : add_cluster(ret, dir, hash);
}

static int cmp_cluster(const void *x, const void *y)
{
	const struct cluster *a = x, *b = y;
	if (a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	return (a->hash > b->hash) - (a->hash < b->hash);
}

err_t clusters_add_local(const struct records *local, struct clusters *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < local->n; i++)
		e = add_local(records_key(local->v[i]), ret);
	return e;
}

err_t clusters_add_all(struct clusters *c, const struct clusters *more)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < more->n; i++)
		e = clusters_add(c, more->v[i]);
	return e;
}

void clusters_sort(struct clusters *c)
{
	size_t n = 0;
	if (c->n)
		qsort(c->v, c->n, sizeof(*c->v), cmp_cluster);
	for (size_t i = 0; i < c->n; i++)
		if (!n || cmp_cluster(&c->v[n - 1], &c->v[i]))
			c->v[n++] = c->v[i];
	c->n = n;
}

bool clusters_has(const struct clusters *c, const struct cluster *one)
{
	return c->n && bsearch(one, c->v, c->n, sizeof(*c->v), cmp_cluster);
}

err_t changed_names_find(const struct work_step *s, struct clusters some, struct u64s *unknown,
                         struct work_changes *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0, n; !e && i < some.n; i += n) {
		for (n = 1; i + n < some.n && some.v[i + n].dir == some.v[i].dir;)
			n++;
		e = dir_changed(s, (struct clusters){ some.v + i, n, n }, unknown, ret);
	}
	return e;
}
