/* SPDX-License-Identifier: MIT
 * A tree that reads answers as the one that was derived from all records: every query that is not made of others.
 */
#pragma once

#include "vault/tree/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

struct asked_pair {
	const struct tree *t, *q; /* derived, and reading */
	const uint64_t *inos;     /* whatever has a record */
	size_t n;
};

struct asked_list {
	const struct tree_entry *v[4096];
	size_t n;
};

static inline err_t asked_visit(void *ctx, const struct tree_entry *e)
{
	struct asked_list *l = ctx;
	assert_true(l->n < 4096);
	l->v[l->n++] = e;
	return ERR_OK;
}

static inline int asked_cmp(const void *x, const void *y)
{
	const struct tree_entry *a = *(const struct tree_entry *const *)x, *b = *(const struct tree_entry *const *)y;
	return a->dir != b->dir ? (a->dir > b->dir) - (a->dir < b->dir) : span_cmp(a->name, b->name);
}

static inline void asked_same_version(const struct tree_version *a, const struct tree_version *b)
{
	assert_int_equal(version_id_cmp(a->id, b->id), 0);
	assert_int_equal(version_id_cmp(a->root, b->root), 0);
	assert_true(a->home == b->home && a->ino == b->ino && a->live == b->live && a->via == b->via);
	assert_true(a->root_time == b->root_time);
}

static inline void asked_same_entry(const struct tree_entry *a, const struct tree_entry *b)
{
	assert_int_equal(!a, !b);
	if (!a)
		return;
	assert_true(a->dir == b->dir && span_cmp(a->name, b->name) == 0 && span_cmp(a->recorded, b->recorded) == 0);
	assert_true(a->ino == b->ino && a->lid == b->lid && a->type == b->type && a->sibling == b->sibling);
	assert_int_equal(a->counter, b->counter);
	assert_int_equal(a->hidden_n, b->hidden_n);
	for (size_t i = 0; i < a->hidden_n; i++)
		assert_true(a->hidden[i]->ino == b->hidden[i]->ino && a->hidden[i]->lid == b->hidden[i]->lid);
	assert_int_equal(!a->version, !b->version);
	if (a->version)
		asked_same_version(a->version, b->version);
}

static inline void asked_same_lists(struct asked_list *a, struct asked_list *b)
{
	assert_int_equal(a->n, b->n);
	qsort(a->v, a->n, sizeof(a->v[0]), asked_cmp);
	qsort(b->v, b->n, sizeof(b->v[0]), asked_cmp);
	for (size_t i = 0; i < a->n; i++)
		asked_same_entry(a->v[i], b->v[i]);
}

static inline void asked_name(const struct asked_pair *p, uint64_t dir, struct span name)
{
	const struct tree_entry *a = NULL, *b = NULL;
	struct asked_list *some = calloc(4, sizeof(*some));
	assert_non_null(some);
	assert_int_equal(tree_lookup(p->q, dir, name, &b), tree_lookup(p->t, dir, name, &a));
	asked_same_entry(a, b);
	assert_int_equal(tree_leaning(p->t, dir, name, asked_visit, &some[0]), ERR_OK);
	assert_int_equal(tree_leaning(p->q, dir, name, asked_visit, &some[1]), ERR_OK);
	asked_same_lists(&some[0], &some[1]);
	assert_int_equal(tree_namesakes(p->t, dir, name, asked_visit, &some[2]), ERR_OK);
	assert_int_equal(tree_namesakes(p->q, dir, name, asked_visit, &some[3]), ERR_OK);
	asked_same_lists(&some[2], &some[3]);
	free(some);
}

static inline void asked_dir(const struct asked_pair *p, uint64_t ino)
{
	const struct tree_dir *a = NULL, *b = NULL;
	bool empty = false, revived[2] = { false, false };
	err_t e = tree_dir(p->t, ino, &a);
	assert_int_equal(tree_dir(p->q, ino, &b), e);
	assert_int_equal(tree_is_revived(p->q, ino, &revived[1]), tree_is_revived(p->t, ino, &revived[0]));
	assert_int_equal(revived[0], revived[1]);
	if (e != ERR_OK)
		return;
	assert_true(a->ino == b->ino && a->up == b->up && a->revived == b->revived && a->members_n == b->members_n);
	assert_memory_equal(a->members, b->members, a->members_n * sizeof(*a->members));
	asked_same_entry(a->entry, b->entry);
	assert_int_equal(tree_is_empty(p->q, ino, &empty), ERR_OK);
	assert_int_equal(empty, a->children_n == 0);
	if (a->ino != ino)
		return;
	struct asked_list *all = calloc(2, sizeof(*all));
	assert_non_null(all);
	for (size_t i = 0; i < a->children_n; i++) {
		asked_name(p, ino, a->children[i]->name);
		asked_name(p, ino, a->children[i]->recorded);
	}
	asked_name(p, ino, span_str("nobody"));
	asked_name(p, ino, span_str("b (conflict A 1)"));
	assert_int_equal(tree_children(p->t, ino, asked_visit, &all[0]), ERR_OK);
	assert_int_equal(tree_children(p->q, ino, asked_visit, &all[1]), ERR_OK);
	asked_same_lists(&all[0], &all[1]);
	free(all);
}

static inline void asked_link_of(const struct asked_pair *p, const struct tree_link *a, const struct tree_link *b)
{
	const struct tree_entry *x = NULL, *y = NULL;
	struct tree_links bound[2];
	assert_true(a->ino == b->ino && a->lid == b->lid && a->dir == b->dir && span_cmp(a->name, b->name) == 0);
	assert_int_equal(stamp_cmp(a->life, b->life), 0);
	assert_int_equal(stamp_cmp(a->placed, b->placed), 0);
	assert_int_equal(stamp_cmp(a->seat.stamp, b->seat.stamp), 0);
	assert_true(a->seat.handed_on == b->seat.handed_on && a->has_back == b->has_back && a->back_dir == b->back_dir);
	assert_int_equal(span_cmp(a->back_name, b->back_name), 0);
	assert_true(a->removed == b->removed && a->live == b->live);
	assert_int_equal(tree_link_entry(p->t, a, &x), ERR_OK);
	assert_int_equal(tree_link_entry(p->q, b, &y), ERR_OK);
	asked_same_entry(x, y);
	assert_int_equal(tree_bound(p->t, a->ino, a->lid, &bound[0]), ERR_OK);
	assert_int_equal(tree_bound(p->q, a->ino, a->lid, &bound[1]), ERR_OK);
	assert_int_equal(bound[0].n, bound[1].n);
	for (size_t i = 0; i < bound[0].n; i++)
		assert_true(bound[0].v[i]->ino == bound[1].v[i]->ino && bound[0].v[i]->lid == bound[1].v[i]->lid);
}

static inline void asked_version_of(const struct asked_pair *p, const struct tree_version *a,
                                    const struct tree_version *b)
{
	const struct tree_entry *x = NULL, *y = NULL;
	asked_same_version(a, b);
	assert_int_equal(tree_sibling_entry(p->t, a, &x), ERR_OK);
	assert_int_equal(tree_sibling_entry(p->q, b, &y), ERR_OK);
	asked_same_entry(x, y);
	if (!x)
		return;
	uint64_t number[2];
	assert_int_equal(tree_number_of(p->t, x, &number[0]), ERR_OK);
	assert_int_equal(tree_number_of(p->q, y, &number[1]), ERR_OK);
	assert_true(number[0] == number[1]);
	assert_int_equal(tree_number(p->q, number[0], &y), tree_number(p->t, number[0], &x));
	asked_same_entry(x, y);
}

static inline void asked_file_of(const struct asked_pair *p, uint64_t ino)
{
	const struct tree_file *a = NULL, *b = NULL;
	err_t e = tree_file(p->t, ino, &a);
	assert_int_equal(tree_file(p->q, ino, &b), e);
	if (e != ERR_OK)
		return;
	assert_true(a->ino == b->ino && a->type == b->type && a->links_n == b->links_n && a->live_n == b->live_n);
	assert_true(a->versions_n == b->versions_n && a->shown_n == b->shown_n);
	for (size_t i = 0; i < a->links_n; i++)
		asked_link_of(p, &a->links[i], &b->links[i]);
	for (size_t i = 0; i < a->versions_n; i++)
		asked_version_of(p, &a->versions[i], &b->versions[i]);
	for (size_t i = 0; i < a->links_n; i++) {
		const struct tree_entry *x = NULL;
		unsigned n[2];
		assert_int_equal(tree_link_entry(p->t, &a->links[i], &x), ERR_OK);
		if (!x || !x->version)
			continue;
		assert_int_equal(tree_nlink(p->t, x, &n[0]), ERR_OK);
		assert_int_equal(tree_nlink(p->q, x, &n[1]), ERR_OK);
		assert_int_equal(n[0], n[1]);
	}
}

static inline void asked_inos(const struct tree_inos *a, const struct tree_inos *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_true(a->v[i] == b->v[i]);
}

static inline void asked_number(const struct asked_pair *p, uint64_t ino)
{
	const struct tree_entry *x = NULL, *y = NULL;
	const struct tree_link *l = NULL, *m = NULL;
	assert_int_equal(tree_number(p->q, ino, &y), tree_number(p->t, ino, &x));
	asked_same_entry(x, y);
	asked_dir(p, ino);
	asked_file_of(p, ino);
	if (tree_link(p->q, ino, LID_FIRST, &m) != ERR_OK) /* of an inode without INODE it says nothing */
		return;
	assert_int_equal(tree_link(p->t, ino, LID_FIRST, &l), ERR_OK);
	asked_link_of(p, l, m);
	for (size_t i = 0; i < p->n; i++) {
		bool in[2] = { false, false };
		assert_int_equal(tree_hangs_in(p->q, p->inos[i], ino, &in[1]),
		                 tree_hangs_in(p->t, p->inos[i], ino, &in[0]));
		assert_int_equal(in[0], in[1]);
	}
}

static inline void asked_check(const struct asked_pair *p)
{
	struct tree_inos inos[2];
	struct asked_list *conflicts = calloc(2, sizeof(*conflicts));
	assert_non_null(conflicts);
	asked_number(p, INO_ROOT);
	asked_number(p, INO_LOST);
	for (size_t i = 0; i < p->n; i++)
		asked_number(p, p->inos[i]);
	assert_int_equal(tree_voided(p->t, &inos[0]), ERR_OK);
	assert_int_equal(tree_voided(p->q, &inos[1]), ERR_OK);
	asked_inos(&inos[0], &inos[1]);
	assert_int_equal(tree_revived(p->t, &inos[0]), ERR_OK);
	assert_int_equal(tree_revived(p->q, &inos[1]), ERR_OK);
	asked_inos(&inos[0], &inos[1]);
	assert_int_equal(tree_conflicts(p->t, asked_visit, &conflicts[0]), ERR_OK);
	assert_int_equal(tree_conflicts(p->q, asked_visit, &conflicts[1]), ERR_OK);
	assert_int_equal(conflicts[0].n, conflicts[1].n);
	for (size_t i = 0; i < conflicts[0].n; i++)
		asked_same_entry(conflicts[0].v[i], conflicts[1].v[i]);
	free(conflicts);
}
