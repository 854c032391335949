/* SPDX-License-Identifier: MIT */
#include "vault/shown/names.h"

#include "util/cleanup.h"
#include "vault/tree/parts.h"

#include <stdlib.h>

/* Does a directory claim the name? */
static bool is_dirs(const struct claims *claims, const struct name *name)
{
	for (size_t i = 0; i < claims->n; i++)
		if (claims->v[i].type == TYPE_DIR && name_cmp(&claims->v[i].name, name) == 0)
			return true;
	return false;
}

/* Directories claim a name more in `dir`, or one less. */
static err_t count_subdirs(struct update *u, uint64_t dir, bool comes)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct shown_key key = shown_key_1(SHOWN_SUBDIRS, dir);
	uint64_t n;
	err_t e = context_subdirs(&u->after, dir, &n);
	if (e != ERR_OK)
		return e;
	n += comes ? 1 : UINT64_MAX;
	buf_u64(&b, n);
	e = buf_ok(&b);
	if (e != ERR_OK)
		return e;
	return n ? units_put(u, key, buf_span(&b)) : units_gone(u, key);
}

/* One claim comes or goes. */
static err_t change(struct update *u, const struct claimed *c, bool comes)
{
	cleanup(claims_free) struct claims claims = { 0 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	uint64_t hash;
	err_t e = context_bucket(&u->after, &c->claim.name, &hash);
	if (e == ERR_OK)
		e = context_claims(&u->after, c->dir, hash, &claims);
	size_t before = claims.n;
	bool dirs = is_dirs(&claims, &c->claim.name);
	if (e == ERR_OK && comes)
		e = claims_add(&claims, &c->claim);
	if (!comes)
		claims_drop(&claims, c->claim.ino, c->claim.lid);
	if (e == ERR_OK && is_dirs(&claims, &c->claim.name) != dirs)
		e = count_subdirs(u, c->dir, comes);
	if (e == ERR_OK)
		e = claims_encode(&claims, &b);
	if (e != ERR_OK)
		return e;
	struct shown_key key = shown_key_2(SHOWN_NAMES, c->dir, hash);
	e = claims.n ? units_put(u, key, buf_span(&b)) : units_gone(u, key);
	if (e == ERR_OK && !before != !claims.n && c->dir != INO_ROOT)
		e = u64s_add(&u->dirs, c->dir);
	return e == ERR_OK ? units_bucket(u, (struct bucket){ c->dir, hash, c->claim.type == TYPE_DIR }) : e;
}

static int cmp_claimed(const void *x, const void *y)
{
	const struct claimed *a = x, *b = y;
	if (a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	if (a->claim.ino != b->claim.ino)
		return a->claim.ino < b->claim.ino ? -1 : 1;
	if (a->claim.lid != b->claim.lid)
		return a->claim.lid < b->claim.lid ? -1 : 1;
	int c = a->claim.type - b->claim.type;
	return c ? c : name_cmp(&a->claim.name, &b->claim.name);
}

static void sort_claimed(struct claimed *v, size_t n)
{
	if (n > 1)
		qsort(v, n, sizeof(*v), cmp_claimed);
}

struct claimed_list { /* in order */
	const struct claimed *v;
	size_t n;
};

/* Those that are not among `others` come, or go. */
static err_t change_all(struct update *u, const struct claimed_list *list, const struct claimed_list *others,
                        bool comes)
{
	err_t e = ERR_OK;
	for (size_t i = 0, k = 0; i < list->n && e == ERR_OK; i++) {
		while (k < others->n && cmp_claimed(&others->v[k], &list->v[i]) < 0)
			k++;
		if (k == others->n || cmp_claimed(&others->v[k], &list->v[i]))
			e = change(u, &list->v[i], comes);
	}
	return e;
}

/* What the unit claims becomes `v`, of which the unit takes a copy. */
static err_t claim_all(struct update *u, struct unit *unit, const struct claimed *v, size_t n)
{
	cleanup_free struct claimed *copy = calloc(n + 1, sizeof(*copy));
	if (!copy)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		copy[i] = v[i];
	sort_claimed(copy, n);
	sort_claimed(unit->now, unit->now_n);
	const struct claimed_list was = { unit->now, unit->now_n }, is = { copy, n };
	err_t e = change_all(u, &was, &is, false);
	if (e == ERR_OK)
		e = change_all(u, &is, &was, true);
	if (e != ERR_OK)
		return e;
	free(unit->now);
	unit->now = steal_ptr(copy);
	unit->now_n = n;
	return ERR_OK;
}

/* A claim of its own, while the directory is shown. */
static err_t claim_dir(struct update *u, struct unit *unit)
{
	const struct claimed one = { unit->hanging.dir, unit->hanging.claim };
	return claim_all(u, unit, &one, unit->hanging.shown);
}

/* How many versions a name shows says whether it is a plain one. */
static err_t note_versions(struct update *u, const struct unit *unit)
{
	err_t e = ERR_OK;
	if (unit->before.shown_n == unit->after.shown_n)
		return e;
	for (size_t i = 0; i < unit->now_n && e == ERR_OK; i++) {
		struct bucket b = { .dir = unit->now[i].dir };
		e = context_bucket(&u->after, &unit->now[i].claim.name, &b.hash);
		if (e == ERR_OK)
			e = units_bucket(u, b);
	}
	return e;
}

/* The numbers of its siblings. */
static err_t say_copies(struct update *u, const struct unit *unit)
{
	const struct u64s *before = &unit->before.copies, *after = &unit->after.copies;
	err_t e = ERR_OK;
	for (size_t i = 0; i < before->n && e == ERR_OK; i++)
		e = units_gone(u, shown_key_2(SHOWN_COPIES, before->v[i], unit->ino));
	for (size_t i = 0; i < after->n && e == ERR_OK; i++)
		e = units_put(u, shown_key_2(SHOWN_COPIES, after->v[i], unit->ino), SPAN(NULL, 0));
	return e;
}

/* What is said of files alone. */
static err_t say_file(struct update *u, const struct unit *unit)
{
	const struct facts *before = &unit->before, *after = &unit->after;
	err_t e = say_copies(u, unit);
	if (e == ERR_OK)
		e = units_say(u, shown_key_1(SHOWN_REVIVED, unit->ino), before->revived, after->revived);
	return e == ERR_OK ? units_say(u, shown_key_1(SHOWN_SEVERAL, unit->ino), before->more, after->more) : e;
}

static err_t claim_file(struct update *u, struct unit *unit)
{
	err_t e = claim_all(u, unit, unit->after.claimed, unit->after.claimed_n);
	return e == ERR_OK ? note_versions(u, unit) : e;
}

/* Which link of a revived file is shown depends on what is removed above it. */
static err_t add_revived(struct update *u)
{
	cleanup(u64s_free) struct u64s files = { 0 };
	bool changed = u->hangs_changed;
	for (size_t i = 0; i < u->units_n; i++)
		changed |= u->units[i]->before.removed != u->units[i]->after.removed;
	if (!changed)
		return ERR_OK;
	err_t e = context_numbers(&u->before, shown_key(SHOWN_REVIVED, NULL, 0), 0, &files);
	for (size_t i = 0; i < files.n && e == ERR_OK; i++)
		e = units_add(u, files.v[i], NULL);
	return e;
}

static err_t claim_files(struct update *u)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < u->units_n && e == ERR_OK; i++) {
		struct unit *unit = u->units[i];
		if (unit->ino == INO_LOST)
			continue;
		e = units_look(u, unit);
		if (e == ERR_OK && (unit->before.is_dir || unit->after.is_dir))
			e = u64s_add(&u->dirs, unit->ino);
		if (e == ERR_OK)
			e = say_file(u, unit);
		if (e == ERR_OK && !unit->after.is_dir)
			e = claim_file(u, unit);
	}
	return e;
}

/* Is it shown for itself, whatever is in it? Then nobody needs to look at it. */
static err_t stands_alone(struct update *u, uint64_t dir, bool *ret)
{
	*ret = false;
	return units_find(u, dir) ? ERR_OK : dirs_stands(&u->after, dir, ret);
}

static err_t claim_dirs(struct update *u)
{
	while (u->dirs.n) {
		uint64_t dir = u->dirs.v[--u->dirs.n];
		struct unit *unit;
		bool alone;
		err_t e = stands_alone(u, dir, &alone);
		if (e == ERR_OK && alone)
			continue;
		if (e == ERR_OK)
			e = units_add(u, dir, &unit);
		if (e == ERR_OK)
			e = units_look(u, unit);
		if (e == ERR_OK && (unit->after.is_dir || dir == INO_LOST))
			e = claim_dir(u, unit);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static err_t shown_versions(struct update *u, uint64_t ino, size_t *ret)
{
	cleanup(facts_free) struct facts f = { 0 };
	const struct unit *unit = units_find(u, ino);
	err_t e = unit && unit->looked ? ERR_OK : facts_load(&u->after, ino, &f);
	*ret = unit && unit->looked ? unit->after.shown_n : f.shown_n;
	return e;
}

static err_t say_special(struct update *u, const struct bucket *b)
{
	cleanup(claims_free) struct claims claims = { 0 };
	size_t versions = 1;
	err_t e = context_claims(&u->after, b->dir, b->hash, &claims);
	if (e == ERR_OK && claims.n == 1 && claims.v[0].type != TYPE_DIR)
		e = shown_versions(u, claims.v[0].ino, &versions);
	if (e != ERR_OK)
		return e;
	struct shown_key key = shown_key_2(SHOWN_SPECIAL, b->dir, b->hash);
	return claims.n > 1 || versions > 1 ? units_put(u, key, SPAN(NULL, 0)) : units_gone(u, key);
}

err_t names_update(struct update *u)
{
	err_t e = add_revived(u);
	if (e == ERR_OK)
		e = claim_files(u);
	if (e == ERR_OK)
		e = claim_dirs(u);
	buckets_sort(&u->changed);
	for (size_t i = 0; i < u->changed.n && e == ERR_OK; i++)
		e = say_special(u, &u->changed.v[i]);
	return e;
}
