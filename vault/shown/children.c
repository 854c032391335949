/* SPDX-License-Identifier: MIT
 * Names of which more is to be known than one claim are worked out before the claims are read one after the other.
 */
#include "vault/shown/children.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/shown/ask.h"
#include "vault/tree/parts.h"

#include <stdlib.h>
#include <string.h>

struct merge {
	const struct context *c;
	struct children_from from;
	struct u64s members;
	struct tree *part;   /* NULL: every name is one claim */
	struct u64s special; /* buckets that `part` tells of; of united directories all are */
	bool all;            /* `part` has all there is */
	struct child *v;     /* what is not one claim, by hash and name */
	size_t n, cap, at;
	children_fn fn;
	void *ctx;
};

static void merge_free(struct merge *m)
{
	u64s_free(&m->members);
	u64s_free(&m->special);
	tree_freep(&m->part);
	free(m->v);
}

static int cmp_child(const void *x, const void *y)
{
	const struct child *a = x, *b = y;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return name_cmp(&a->name, &b->name);
}

/* Is it shown as one claim alone? */
static err_t is_plain(const struct merge *m, const struct tree_entry *x, bool *ret)
{
	uint64_t hash;
	*ret = false;
	if (m->all || x->counter)
		return ERR_OK;
	err_t e = namehash_of(m->c->hash, x->recorded, &hash);
	if (e == ERR_OK)
		*ret = !u64s_has(&m->special, hash);
	return e;
}

static err_t add(struct merge *m, const struct tree_entry *x)
{
	if (!vec_room(m->v, m->n, 1, &m->cap))
		return ERR_NOMEM;
	struct child *c = &m->v[m->n];
	c->type = x->type;
	c->name.len = (uint8_t)x->name.len;
	memcpy(c->name.b, x->name.p, x->name.len);
	err_t e = tree_number_of(m->part, x, &c->ino);
	if (e == ERR_OK)
		e = namehash_of(m->c->hash, x->name, &c->hash);
	if (e == ERR_OK && c->hash >= m->from.hash)
		m->n++;
	return e;
}

static err_t visit_entry(void *ctx, const struct tree_entry *x)
{
	struct merge *m = ctx;
	bool plain;
	err_t e = is_plain(m, x, &plain);
	return e == ERR_OK && !plain ? add(m, x) : e;
}

static err_t begin(struct merge *m, const struct tree_naming *naming)
{
	err_t e = context_members(m->c, m->from.dir, &m->members);
	if (e == ERR_OK)
		e = context_numbers(m->c, shown_key_1(SHOWN_SPECIAL, m->members.v[0]), 1, &m->special);
	if (e != ERR_OK)
		return e;
	m->all = m->members.n > 1;
	if (m->all || m->special.n)
		e = ask_losers(m->c, naming, m->members.v[0], &m->part);
	if (e == ERR_OK && m->part)
		e = tree_children(m->part, m->members.v[0], visit_entry, m);
	if (e == ERR_OK && m->n)
		qsort(m->v, m->n, sizeof(*m->v), cmp_child);
	return e;
}

static err_t visit_before(struct merge *m, const struct child *end)
{
	err_t e = ERR_OK;
	while (e == ERR_OK && m->at < m->n && (!end || cmp_child(&m->v[m->at], end) < 0))
		e = m->fn(m->ctx, &m->v[m->at++]);
	return e;
}

static err_t visit_claims(void *ctx, struct span key, struct span value)
{
	struct merge *m = ctx;
	cleanup(claims_free) struct claims claims = { 0 };
	struct child c;
	err_t e = shown_key_number(key, 1, &c.hash);
	if (e != ERR_OK || u64s_has(&m->special, c.hash))
		return e;
	e = claims_decode(value, &claims);
	if (e == ERR_OK && claims.n != 1)
		e = ERR_DAMAGED;
	if (e != ERR_OK)
		return e;
	c.ino = claims.v[0].ino;
	c.type = claims.v[0].type;
	c.name = claims.v[0].name;
	e = visit_before(m, &c);
	return e == ERR_OK ? m->fn(m->ctx, &c) : e;
}

err_t children_visit(const struct context *c, const struct tree_naming *naming, struct children_from from,
                     children_fn fn, void *ctx)
{
	cleanup(merge_free) struct merge m = { .c = c, .from = from, .fn = fn, .ctx = ctx };
	err_t e = begin(&m, naming);
	if (e == ERR_OK && !m.all) {
		struct shown_key prefix = shown_key_1(SHOWN_NAMES, m.members.v[0]);
		struct shown_key first = shown_key_2(SHOWN_NAMES, m.members.v[0], from.hash);
		e = c->local->scan(c->local->ctx, shown_key_span(&prefix), shown_key_span(&first), visit_claims, &m);
	}
	return e == ERR_OK ? visit_before(&m, NULL) : e;
}

static err_t count_united(void *ctx, const struct child *c)
{
	*(uint64_t *)ctx += c->type == TYPE_DIR;
	return ERR_OK;
}

/* Directories of one name are one: how many less there are than claim names in a bucket. */
static err_t count_less(const struct context *c, uint64_t dir, uint64_t hash, uint64_t *less)
{
	cleanup(claims_free) struct claims claims = { 0 };
	err_t e = context_claims(c, dir, hash, &claims);
	for (size_t i = 0; e == ERR_OK && i < claims.n; i++) {
		bool again = false;
		for (size_t k = 0; k < i && claims.v[i].type == TYPE_DIR && !again; k++)
			again = claims.v[k].type == TYPE_DIR && name_cmp(&claims.v[k].name, &claims.v[i].name) == 0;
		*less += again;
	}
	return e;
}

static err_t count_one(const struct context *c, uint64_t dir, uint64_t *ret)
{
	cleanup(u64s_free) struct u64s special = { 0 };
	uint64_t less = 0;
	err_t e = context_subdirs(c, dir, ret);
	if (e == ERR_OK && *ret > 1)
		e = context_numbers(c, shown_key_1(SHOWN_SPECIAL, dir), 1, &special);
	for (size_t i = 0; e == ERR_OK && i < special.n; i++)
		e = count_less(c, dir, special.v[i], &less);
	*ret -= less;
	return e;
}

err_t children_subdirs(const struct context *c, const struct tree_naming *naming, uint64_t dir, uint64_t *ret)
{
	cleanup(u64s_free) struct u64s members = { 0 };
	err_t e = context_members(c, dir, &members);
	if (e != ERR_OK)
		return e;
	*ret = 0;
	if (members.n > 1)
		return children_visit(c, naming, (struct children_from){ dir, 0 }, count_united, ret);
	return count_one(c, dir, ret);
}
