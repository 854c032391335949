/* SPDX-License-Identifier: MIT
 * Random records in small numbers, so that they meet in every way.
 */
#pragma once

#include "tests/unit/tree_util.h"
#include "vault/join/draft.h"
#include "vault/join/place.h"
#include "vault/join/shared.h"
#include "vault/tree/copy.h"

struct dice {
	uint64_t r, inos; /* inos: how many there are */
};

static inline uint64_t next(uint64_t *r)
{
	*r ^= *r << 13;
	*r ^= *r >> 7;
	*r ^= *r << 17;
	return *r >> 11;
}

static inline struct stamp some_stamp(struct dice *v)
{
	return (struct stamp){ 1 + next(&v->r) % 6, 1 + next(&v->r) % 2, 1 + next(&v->r) % 2 };
}

static inline uint64_t some_ino(struct dice *v)
{
	return 10 + next(&v->r) % v->inos;
}

static inline struct version_id some_version(struct dice *v)
{
	return (struct version_id){ some_stamp(v), { { (uint8_t)(1 + next(&v->r) % 3) } } };
}

static inline struct spot some_spot(struct dice *v)
{
	static const char *const names[] = {
		"a", "b", "a", "b.txt", "lost+found", "a (conflict A 1)", "a (conflict A 2)", "a (conflict A 1) 2"
	};
	uint64_t dir = next(&v->r) % 3 ? some_ino(v) : INO_ROOT;
	return spot(dir, names[next(&v->r) % ARRAY_LEN(names)]);
}

static inline struct partner some_partner(struct dice *v)
{
	return (struct partner){ some_ino(v), next(&v->r) % 2, some_stamp(v) };
}

static inline void draft_link(struct dice *v, struct draft *d, uint64_t ino, uint64_t lid)
{
	struct version_id seen[] = { some_version(v) };
	struct replacement by = { some_partner(v), { seen, next(&v->r) % 2, 1 } };
	struct link_rec l = { .ino = ino, .lid = lid, .life = some_stamp(v), .replaced = &by };
	l.replaced_n = next(&v->r) % 6 == 0;
	l.where = (struct where){ .stamp = l.life, .at = some_spot(v), .seat = { some_stamp(v), next(&v->r) % 2 } };
	l.where.has_back = lid == LID_FIRST && next(&v->r) % 2;
	if (l.where.has_back)
		l.where.back = some_spot(v);
	l.where.has_half = next(&v->r) % 6 == 0;
	if (l.where.has_half)
		l.where.half = (struct half){ some_partner(v), some_spot(v), { some_stamp(v), 0 } };
	l.is_removed = next(&v->r) % 3 == 0;
	if (l.is_removed)
		l.removed = (struct removal){ some_stamp(v), { seen, next(&v->r) % 2, 1 }, some_stamp(v) };
	assert_int_equal(draft_put_link(d, &l), ERR_OK);
}

static inline void draft_version(struct dice *v, struct draft *d, uint64_t ino)
{
	struct version_rec ver = {
		.ino = ino, .id = some_version(v), .via = next(&v->r) % 2, .gone = next(&v->r) % 3 == 0
	};
	ver.root = next(&v->r) % 2 ? ver.id : some_version(v);
	if (version_id_cmp(ver.root, ver.id) > 0)
		ver.root = ver.id;
	assert_int_equal(draft_put_version(d, &ver), ERR_OK);
}

static inline void draft_head(struct dice *v, struct draft *d, uint64_t ino, struct id birth)
{
	static const uint8_t types[] = { 4, 4, 4, 8, 8, 10 };
	struct inode_head h = { .ino = ino, .type = types[ino % ARRAY_LEN(types)], .birth = birth };
	if (next(&v->r) % 16 == 0)
		h.type = 8;
	assert_int_equal(draft_put_head(d, &h), ERR_OK);
}

/* A link is removed where it is, or has another place before. */
static inline void draft_edit(struct dice *v, struct draft *d, uint64_t ino)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	if (shared_link(draft_view(d), ino, LID_FIRST, &l) != ERR_OK)
		return;
	if (next(&v->r) % 2) {
		l.is_removed = true;
		l.removed.stamp = l.removed.written = some_stamp(v);
	} else {
		l.where.has_back = true;
		l.where.back = some_spot(v);
	}
	assert_int_equal(draft_put_link(d, &l), ERR_OK);
}

static inline void draft_one_copy(struct dice *v, struct draft *d, const struct copy *copy)
{
	struct inode_head h = { .ino = copy->ino, .type = 8, .birth = copy->birth };
	struct link_rec l = place(copy->ino, LID_FIRST, some_spot(v), 1 + next(&v->r) % 6);
	assert_int_equal(draft_put_head(d, &h), ERR_OK);
	assert_int_equal(draft_put_link(d, &l), ERR_OK);
	if (next(&v->r) % 2)
		draft_version(v, d, copy->ino);
}

/* The file that a version of some inode would become, or one that this would become; with or without those before it.
 */
static inline void draft_copy(struct dice *v, struct draft *d, uint64_t of)
{
	cleanup(version_list_free) struct version_list list = { 0 };
	assert_int_equal(shared_versions(draft_view(d), of, &list), ERR_OK);
	if (!list.n)
		return;
	const struct version_rec *ver = &list.v[next(&v->r) % list.n];
	for (uint64_t left = 1 + next(&v->r) % 3; left; left--) {
		bool alone = next(&v->r) % 2;
		struct copy copy;
		assert_int_equal(copy_of(of, alone ? &ver->id : &ver->root, alone, &copy), ERR_OK);
		if (next(&v->r) % 2)
			draft_one_copy(v, d, &copy);
		of = copy.ino;
	}
}

/* A state has no INODE without identity and place. */
static inline bool is_there(const struct draft *d, uint64_t ino)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	return shared_inode(draft_view(d), ino, &s) == ERR_OK;
}

/* Something that joins what `d` is over. */
static inline void random_records(struct dice *v, struct draft *d)
{
	for (uint64_t left = 1 + next(&v->r) % (next(&v->r) % 8 ? 3 : 50); left; left--) {
		uint64_t ino = some_ino(v);
		struct id birth = { { (uint8_t)(next(&v->r) % 200), (uint8_t)ino } };
		bool is_new = !is_there(d, ino);
		if (is_new || next(&v->r) % 3 == 0)
			draft_head(v, d, ino, birth);
		if (is_new || next(&v->r) % 4)
			draft_link(v, d, ino, LID_FIRST);
		if (next(&v->r) % 6 == 0)
			draft_link(v, d, ino, 1);
		if (ino % 6 > 2 && (is_new || next(&v->r) % 2))
			draft_version(v, d, ino);
		if (next(&v->r) % 4 == 0)
			draft_copy(v, d, ino);
		if (next(&v->r) % 4 == 0)
			draft_edit(v, d, some_ino(v));
	}
}
