/* SPDX-License-Identifier: MIT
 * Slices of whole clusters (shown_key.h). Where more is to be known of a cluster than claims that stand alone, it is
 * worked out by itself; whatever is shown of it has hashes in it.
 */
#include "vault/shown/children.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/shown/ask.h"
#include "vault/tree/parts.h"

#include <stdlib.h>
#include <string.h>

/* How many claims of a member are read before they are shown. */
#define SLICE 128

struct child_list {
	struct child *v;
	size_t n, cap;
};

static void child_list_free(struct child_list *l)
{
	free(l->v);
}

static struct child *child_add(struct child_list *l)
{
	return vec_room(l->v, l->n, 1, &l->cap) ? &l->v[l->n++] : NULL;
}

static int cmp_child(const void *x, const void *y)
{
	const struct child *a = x, *b = y;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return name_cmp(&a->name, &b->name);
}

static void child_list_sort(struct child_list *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), cmp_child);
}

struct visit {
	const struct context *c;
	const struct tree_naming *naming; /* NULL: nothing is worked out, and numbers are as recorded */
	const struct u64s *members;
	uint64_t from, to; /* hashes that are wanted */
	children_fn fn;
	void *ctx;
	bool special; /* out: something would have to be worked out */
};

/* -- a slice ----------------------------------------------------------------------------------------------------- */

struct slice {
	uint64_t first, last;     /* of whole clusters */
	struct child_list claims; /* by hash and name */
	size_t read;              /* of the member that is read */
	struct u64s special;      /* first hashes of clusters of which more is to be known */
};

static void slice_free(struct slice *s)
{
	child_list_free(&s->claims);
	u64s_free(&s->special);
}

static uint64_t cluster_end(uint64_t hash)
{
	return shown_cluster(hash) | UINT32_MAX;
}

static err_t add_claims(struct slice *s, uint64_t hash, struct span value)
{
	cleanup(claims_free) struct claims claims = { 0 };
	err_t e = claims_decode(value, &claims);
	for (size_t i = 0; e == ERR_OK && i < claims.n; i++) {
		struct child *c = child_add(&s->claims);
		if (!c)
			return ERR_NOMEM;
		*c = (struct child){ claims.v[i].ino, claims.v[i].type, hash, claims.v[i].name };
	}
	s->read += claims.n;
	return e;
}

/* ERR_CANCELED: behind the slice, which may end here. */
static err_t visit_claims(void *ctx, struct span key, struct span value)
{
	struct slice *s = ctx;
	uint64_t hash;
	err_t e = shown_key_number(key, 1, &hash);
	if (e != ERR_OK)
		return e;
	const struct child *before = s->read ? &s->claims.v[s->claims.n - 1] : NULL;
	if (s->read >= SLICE && shown_cluster(before->hash) != shown_cluster(hash))
		s->last = MIN(s->last, cluster_end(before->hash));
	return hash > s->last ? ERR_CANCELED : add_claims(s, hash, value);
}

static err_t visit_special(void *ctx, struct span key, struct span value)
{
	struct slice *s = ctx;
	uint64_t hash;
	(void)value;
	err_t e = shown_key_number(key, 1, &hash);
	if (e == ERR_OK && hash > s->last)
		return ERR_CANCELED;
	return e == ERR_OK ? u64s_add(&s->special, shown_cluster(hash)) : e;
}

/* What local records of a kind say of a directory, from the first hash on. */
static err_t scan(const struct context *c, enum shown_kind kind, uint64_t dir, view_visit fn, struct slice *s)
{
	struct shown_key prefix = shown_key_1(kind, dir), first = shown_key_2(kind, dir, s->first);
	err_t e = c->local->scan(c->local->ctx, shown_key_span(&prefix), shown_key_span(&first), fn, s);
	return e == ERR_CANCELED ? ERR_OK : e;
}

/* What is behind the end, as another member was read less far. */
static void cut(struct slice *s)
{
	while (s->claims.n && s->claims.v[s->claims.n - 1].hash > s->last)
		s->claims.n--;
}

/* Names of several members may meet. */
static err_t add_met(struct slice *s)
{
	err_t e = ERR_OK;
	for (size_t i = 1; e == ERR_OK && i < s->claims.n; i++)
		if (s->claims.v[i].hash == s->claims.v[i - 1].hash)
			e = u64s_add(&s->special, shown_cluster(s->claims.v[i].hash));
	return e;
}

static err_t slice_read(const struct visit *v, struct slice *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < v->members->n; i++) {
		s->read = 0;
		e = scan(v->c, SHOWN_NAMES, v->members->v[i], visit_claims, s);
	}
	child_list_sort(&s->claims);
	cut(s);
	for (size_t i = 0; e == ERR_OK && i < v->members->n; i++)
		e = scan(v->c, SHOWN_SPECIAL, v->members->v[i], visit_special, s);
	if (e == ERR_OK)
		e = add_met(s);
	u64s_sort(&s->special);
	return e;
}

/* -- what it shows ----------------------------------------------------------------------------------------------- */

static err_t tell(const struct visit *v, const struct child *c)
{
	return c->hash >= v->from && c->hash <= v->to ? v->fn(v->ctx, c) : ERR_OK;
}

struct worked_out {
	const struct context *c;
	struct tree *t;
	uint64_t cluster;
	struct child_list list;
};

static void worked_out_free(struct worked_out *w)
{
	tree_freep(&w->t);
	child_list_free(&w->list);
}

static err_t visit_entry(void *ctx, const struct tree_entry *x)
{
	struct worked_out *w = ctx;
	struct child c = { .type = x->type, .name.len = (uint8_t)x->name.len };
	memcpy(c.name.b, x->name.p, x->name.len);
	err_t e = shown_hash(w->c->hash, x->name, &c.hash);
	if (e != ERR_OK || shown_cluster(c.hash) != w->cluster)
		return e;
	e = tree_number_of(w->t, x, &c.ino);
	struct child *to = e == ERR_OK ? child_add(&w->list) : NULL;
	if (!to)
		return e == ERR_OK ? ERR_NOMEM : e;
	*to = c;
	return ERR_OK;
}

static err_t tell_worked_out(const struct visit *v, uint64_t hash)
{
	cleanup(worked_out_free) struct worked_out w = { .c = v->c, .cluster = shown_cluster(hash) };
	const uint64_t dir = v->members->v[0];
	err_t e = ask_cluster(v->c, v->naming, (struct ask_at){ dir, hash }, &w.t);
	if (e == ERR_OK)
		e = tree_children(w.t, dir, visit_entry, &w);
	child_list_sort(&w.list);
	for (size_t i = 0; e == ERR_OK && i < w.list.n; i++)
		e = tell(v, &w.list.v[i]);
	return e;
}

static err_t slice_tell(struct visit *v, const struct slice *s)
{
	err_t e = ERR_OK;
	uint64_t told = 0; /* the end of the cluster that was */
	for (size_t i = 0; e == ERR_OK && i < s->claims.n; i++) {
		const struct child *c = &s->claims.v[i];
		if (!u64s_has(&s->special, shown_cluster(c->hash))) {
			struct child shown = *c;
			if (v->naming)
				shown.ino = stand_in_as(v->naming->stand_ins, c->ino);
			e = tell(v, &shown);
		} else if (cluster_end(c->hash) != told) {
			told = cluster_end(c->hash);
			v->special = true;
			e = v->naming ? tell_worked_out(v, c->hash) : ERR_CANCELED;
		}
	}
	return e;
}

static err_t visit_slice(struct visit *v, uint64_t *from)
{
	cleanup(slice_free) struct slice s = { .first = shown_cluster(*from), .last = cluster_end(v->to) };
	err_t e = slice_read(v, &s);
	*from = s.last;
	return e == ERR_OK ? slice_tell(v, &s) : e;
}

static err_t visit_all(struct visit *v, uint64_t dir)
{
	cleanup(u64s_free) struct u64s members = { 0 };
	err_t e = context_members(v->c, dir, &members);
	v->members = &members;
	for (uint64_t at = v->from; e == ERR_OK; at++) {
		e = visit_slice(v, &at);
		if (at >= v->to)
			break;
	}
	return e;
}

err_t children_visit(const struct context *c, const struct tree_naming *naming, struct children_from from,
                     children_fn fn, void *ctx)
{
	struct visit v = { c, naming, NULL, from.hash, UINT64_MAX, fn, ctx, false };
	return visit_all(&v, from.dir);
}

err_t children_cluster(const struct context *c, const struct tree_naming *naming, struct children_from at,
                       children_fn fn, void *ctx)
{
	struct visit v = { c, naming, NULL, shown_cluster(at.hash), cluster_end(at.hash), fn, ctx, false };
	return visit_all(&v, at.dir);
}

err_t children_alone(const struct context *c, struct children_from from, children_fn fn, void *ctx, bool *ret_alone)
{
	struct visit v = { c, NULL, NULL, from.hash, UINT64_MAX, fn, ctx, false };
	err_t e = visit_all(&v, from.dir);
	*ret_alone = !v.special;
	return e;
}

static err_t count_dir(void *ctx, const struct child *c)
{
	*(uint64_t *)ctx += c->type == TYPE_DIR;
	return ERR_OK;
}

err_t children_subdirs(const struct context *c, const struct tree_naming *naming, uint64_t dir, uint64_t *ret)
{
	cleanup(u64s_free) struct u64s members = { 0 };
	err_t e = context_members(c, dir, &members);
	if (e != ERR_OK)
		return e;
	*ret = 0;
	if (members.n > 1)
		return children_visit(c, naming, (struct children_from){ dir, 0 }, count_dir, ret);
	return context_subdirs(c, dir, ret);
}
