/* SPDX-License-Identifier: MIT */
#include "vault/shown/unions.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/tree/parts.h"

#include <string.h>

struct member {
	uint64_t ino;
	bool revived;
	struct id birth;
	struct name name;
};
struct members {
	struct member *v;
	size_t n, cap;
};

static void members_free(struct members *m)
{
	free(m->v);
}

/* As vault/tree/fill.c: the identity first. */
static int cmp_member(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int c = name_cmp(&a->name, &b->name);
	if (c == 0)
		c = (a->ino == INO_LOST) - (b->ino == INO_LOST);
	if (c == 0)
		c = a->revived - b->revived;
	if (c == 0)
		c = id_cmp(a->birth, b->birth);
	return c ? c : (a->ino > b->ino) - (a->ino < b->ino);
}

static err_t add_member(struct update *u, const struct claim *c, struct members *m)
{
	struct facts f;
	if (c->type != TYPE_DIR)
		return ERR_OK;
	if (!vec_room(m->v, m->n, 1, &m->cap))
		return ERR_NOMEM;
	err_t e = dirs_load(&u->after, c->ino, &f);
	if (e == ERR_OK)
		m->v[m->n++] = (struct member){ c->ino, f.removed, f.birth, c->name }; /* it claims: it is shown */
	return e;
}

/* The directories of all names in a bucket, in all members of the directory. */
static err_t gather(struct update *u, const struct bucket *b, struct members *m)
{
	cleanup(u64s_free) struct u64s in = { 0 };
	cleanup(claims_free) struct claims claims = { 0 };
	err_t e = context_members(&u->after, b->dir, &in);
	for (size_t i = 0; i < in.n && e == ERR_OK; i++)
		e = context_claims(&u->after, in.v[i], b->hash, &claims);
	for (size_t i = 0; i < claims.n && e == ERR_OK; i++)
		e = add_member(u, &claims.v[i], m);
	if (e == ERR_OK && m->n)
		qsort(m->v, m->n, sizeof(*m->v), cmp_member);
	return e;
}

static err_t push(struct buckets *work, struct bucket b)
{
	if (!vec_room(work->v, work->n, 1, &work->cap))
		return ERR_NOMEM;
	work->v[work->n++] = b;
	return ERR_OK;
}

/* The buckets of the directories that are in `in`. */
static err_t list_hashes(struct update *u, uint64_t in, struct u64s *hashes)
{
	cleanup(claims_free) struct claims claims = { 0 };
	err_t e = context_all_claims(&u->after, in, &claims);
	for (size_t i = 0; i < claims.n && e == ERR_OK; i++) {
		uint64_t hash;
		if (claims.v[i].type != TYPE_DIR)
			continue;
		e = context_bucket(&u->after, &claims.v[i].name, &hash);
		if (e == ERR_OK)
			e = u64s_add(hashes, hash);
	}
	return e;
}

/* What is in `dirs`, all united with dirs[0], may be united otherwise now. */
static err_t push_subdirs(struct update *u, const uint64_t *dirs, size_t n, struct buckets *work)
{
	cleanup(u64s_free) struct u64s hashes = { 0 };
	err_t e = ERR_OK;
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = list_hashes(u, dirs[i], &hashes);
	u64s_sort(&hashes);
	for (size_t i = 0; i < hashes.n && e == ERR_OK; i++)
		e = push(work, (struct bucket){ dirs[0], hashes.v[i] });
	return e;
}

/* What MEMBERS is to say of members.v[i]: *n numbers. */
static const uint64_t *to_say(const struct u64s *members, size_t i, size_t *n)
{
	*n = members->n == 1 ? 0 : 1;
	if (*n && i == 0)
		*n = members->n;
	return members->v;
}

static err_t say_members(struct update *u, const struct u64s *members, size_t i)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct shown_key key = shown_key_1(SHOWN_MEMBERS, members->v[i]);
	size_t n;
	const uint64_t *v = to_say(members, i, &n);
	for (size_t k = 0; k < n; k++)
		buf_u64(&b, v[k]);
	err_t e = buf_ok(&b);
	if (e != ERR_OK)
		return e;
	return n ? units_put(u, key, buf_span(&b)) : units_gone(u, key);
}

/* Is MEMBERS as it is to be, of all? Whoever they were united with goes to `before`. */
static err_t compare(struct update *u, const struct u64s *members, bool *same, struct u64s *before)
{
	uint64_t last = 0;
	*same = true;
	for (size_t i = 0; i < members->n; i++) {
		cleanup(u64s_free) struct u64s is = { 0 };
		size_t n;
		const uint64_t *v = to_say(members, i, &n);
		err_t e = context_united(&u->after, members->v[i], &is);
		if (e != ERR_OK)
			return e;
		*same &= is.n == n && (n == 0 || memcmp(is.v, v, n * sizeof(*v)) == 0);
		if (is.n && is.v[0] != last) /* of those with one identity once */
			e = context_members(&u->after, members->v[i], before);
		last = is.n ? is.v[0] : 0;
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

/* What was united with these is looked at again: meanwhile it may have been united by what was said before. */
static err_t push_former(struct update *u, struct u64s *members, struct u64s *before, struct buckets *work)
{
	err_t e = ERR_OK;
	u64s_sort(members);
	u64s_sort(before);
	for (size_t i = 0; i < before->n && e == ERR_OK; i++)
		if (!u64s_has(members, before->v[i]))
			e = push_subdirs(u, &before->v[i], 1, work);
	return e;
}

/* Directories of one name. */
static err_t unite(struct update *u, const struct member *m, size_t n, struct buckets *work)
{
	cleanup(u64s_free) struct u64s members = { 0 }, before = { 0 };
	bool same;
	err_t e = ERR_OK;
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = u64s_add(&members, m[i].ino);
	if (e == ERR_OK)
		e = compare(u, &members, &same, &before);
	if (e != ERR_OK || same)
		return e;
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = say_members(u, &members, i);
	if (e == ERR_OK)
		e = push_subdirs(u, members.v, members.n, work);
	return e == ERR_OK ? push_former(u, &members, &before, work) : e;
}

static err_t update_bucket(struct update *u, const struct bucket *b, struct buckets *work)
{
	cleanup(members_free) struct members m = { 0 };
	err_t e = gather(u, b, &m);
	for (size_t i = 0, n; i < m.n && e == ERR_OK; i += n) {
		for (n = 1; i + n < m.n && name_cmp(&m.v[i].name, &m.v[i + n].name) == 0;)
			n++;
		e = unite(u, m.v + i, n, work);
	}
	return e;
}

/* Those that are shown no more are united with nothing; of the others the order may have changed. */
static err_t begin(struct update *u, struct buckets *work)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < u->changed.n && e == ERR_OK; i++)
		if (u->changed.v[i].dirs)
			e = push(work, u->changed.v[i]);
	for (size_t i = 0; i < u->units_n && e == ERR_OK; i++) {
		const struct unit *unit = u->units[i];
		struct bucket b = { .dir = unit->now_n ? unit->now[0].dir : 0 };
		if (!unit->now_n || unit->now[0].claim.type != TYPE_DIR) {
			if (unit->before.is_dir || unit->ino == INO_LOST)
				e = units_gone(u, shown_key_1(SHOWN_MEMBERS, unit->ino));
			continue;
		}
		e = context_bucket(&u->after, &unit->now[0].claim.name, &b.hash);
		if (e == ERR_OK)
			e = push(work, b);
	}
	return e;
}

static void buckets_free(struct buckets *b)
{
	free(b->v);
}

err_t unions_update(struct update *u)
{
	cleanup(buckets_free) struct buckets work = { 0 };
	err_t e = begin(u, &work);
	while (work.n && e == ERR_OK) {
		struct bucket b = work.v[--work.n];
		e = update_bucket(u, &b, &work);
	}
	return e;
}
