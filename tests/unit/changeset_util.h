/* SPDX-License-Identifier: MIT
 * What the tests of vault/changeset share: a changeset over a map in memory or on disk, random things to say, and the
 * same in tables. The seed is printed; JOIN_SEED=N gives it again.
 */
#pragma once

#include "tests/unit/cache_util.h"
#include "tests/unit/join_random.h"
#include "tests/unit/join_util.h"
#include "vault/changeset/operation.h"
#include "vault/changeset/published.h"
#include "vault/join/group_encode.h"

#define US UINT64_C(0xa) /* stream of this device, and of another */
#define THEM UINT64_C(0xb)
#define INOS 5

static inline unsigned pick(uint64_t *seed, unsigned n)
{
	return (unsigned)((random_u64(seed) >> 32) % n);
}

/* -- random things to say ---------------------------------------------------------------------------------------- */

static inline err_t say_attr(uint64_t *seed, struct draft *d, uint64_t ino, struct stamp at)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	if (one_in(seed, 2)) {
		attr_put_mode(&v, &(struct attr_mode){ .permissions = (uint16_t)pick(seed, 0777) });
		return draft_put_attr(d, ino, ATTR_MODE, at, buf_span(&v));
	}
	attr_put_time(&v, (struct attr_time){ pick(seed, 1000), 0 });
	return draft_put_attr(d, ino, ATTR_MTIME, at, buf_span(&v));
}

/* say_file: made, if it is not there. */
static inline err_t say_file(uint64_t *seed, struct draft *d, uint64_t ino, struct stamp at)
{
	struct inode_head h = { .ino = ino, .type = 8, .birth = { { (uint8_t)ino } } };
	struct link_rec l = link_of(ino, LID_FIRST, at, "made");
	(void)seed;
	err_t e = draft_put_head(d, &h);
	return e ? e : draft_put_link(d, &l);
}

static inline err_t say_link(uint64_t *seed, struct draft *d, uint64_t ino, struct stamp at)
{
	static const char *const names[] = { "a", "b", "c" };
	struct link_rec l = link_of(ino, pick(seed, 3), at, names[pick(seed, 3)]);
	if (one_in(seed, 2)) {
		err_t e = shared_link(draft_view(d), ino, l.lid, &l);
		if (e)
			return e == ERR_NOTFOUND ? ERR_OK : e;
		l.is_removed = true;
		l.removed.stamp = l.removed.written = at;
	}
	err_t e = draft_put_link(d, &l);
	link_rec_free(&l);
	return e;
}

static inline err_t say_xattr(uint64_t *seed, struct draft *d, uint64_t ino, struct stamp at)
{
	struct xattr_value x = { .ino = ino, .hash = pick(seed, 2), .name = name_of("user.x"), .stamp = at };
	buf_put(&x.value, "value", pick(seed, 5));
	err_t e = draft_put_xattr(d, &x);
	buf_free(&x.value);
	return e;
}

/* say_version: on a branch that is there, or beside all. A version of this changeset that goes was never there. */
static inline err_t say_version(uint64_t *seed, struct draft *d, uint64_t ino, struct stamp at)
{
	cleanup(version_list_free) struct version_list list = { 0 };
	struct version_id id = { at, { { (uint8_t)pick(seed, 4) } } };
	struct version_rec v = version_of(ino, id, "contents");
	err_t e = shared_versions(draft_view(d), ino, &list);
	if (!e && list.n) {
		struct version_rec *old = &list.v[pick(seed, (unsigned)list.n)];
		bool own = old->id.stamp.stream == at.stream && old->id.stamp.n == at.n;
		old->gone = true;
		if (one_in(seed, 2))
			v.root = old->root;
		if (own && one_in(seed, 2))
			e = draft_drop_version(d, ino, old->id);
		else if (!one_in(seed, 4))
			e = draft_put_version(d, old);
	}
	if (!e && !one_in(seed, 4))
		e = draft_put_version(d, &v);
	version_rec_free(&v);
	return e;
}

/* say_other: a record of a kind that nobody knows. */
static inline err_t say_other(uint64_t *seed, struct draft *d, uint64_t key, struct stamp at)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	uint8_t k[12] = { 0x60, (uint8_t)key };
	group_value(&r, (uint16_t)(1 + pick(seed, 3)), at, span_str("x"));
	ok(record_encode(&r, &value));
	return draft_put(d, SPAN(k, sizeof(k)), buf_span(&value));
}

/* say_something: the same for the same seed, where the same is shown. */
static inline err_t say_something(uint64_t *seed, struct draft *d, struct stamp at)
{
	static err_t (*const say[])(uint64_t *, struct draft *, uint64_t, struct stamp) = {
		say_file, say_attr, say_link, say_xattr, say_version, say_version, say_other,
	};
	uint64_t ino = 10 + pick(seed, INOS);
	if (one_in(seed, 40))
		return draft_drop_inode(d, ino);
	return say[pick(seed, ARRAY_LEN(say))](seed, d, ino, at);
}

/* -- the map and tables ------------------------------------------------------------------------------------------ */

static inline err_t add_to_table(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static inline void collect(const struct view *v, struct span prefix, struct span from, struct records *out)
{
	ok(v->scan(v->ctx, prefix, from, add_to_table, out));
}

/* print_difference: keys that are not the same, for whoever looks for the fault. */
static inline void print_difference(const struct records *a, const struct records *b)
{
	for (size_t side = 0; side < 2; side++)
		for (size_t i = 0; i < (side ? b : a)->n; i++) {
			const struct records_entry *x = (side ? b : a)->v[i];
			const struct records_entry *y = records_find(side ? a : b, records_key(x));
			if (!y || span_cmp(buf_span(&x->value), buf_span(&y->value)))
				print_message("%s has %02x of %u, %zu bytes\n", side ? "second" : "first", x->key[0],
				              x->len > 8 ? x->key[8] : 0, x->value.len);
		}
}

static inline void same_tables(const struct records *a, const struct records *b)
{
	if (!same_records(a, b))
		print_difference(a, b);
	assert_true(same_records(a, b));
}

/* same_views: whole, kind by kind, inode by inode, from the middle, and key by key. */
static inline void same_view_at(const struct view *a, const struct view *b, struct span prefix, struct span from)
{
	cleanup(records_free) struct records x = RECORDS_INIT, y = RECORDS_INIT;
	collect(a, prefix, from, &x);
	collect(b, prefix, from, &y);
	same_tables(&x, &y);
}

static inline void same_key(const struct view *a, const struct view *b, struct span key)
{
	cleanup(buf_free) struct buf x = BUF_INIT, y = BUF_INIT;
	err_t e = a->get(a->ctx, key, &x), f = b->get(b->ctx, key, &y);
	assert_int_equal(e, f);
	assert_true(e == ERR_OK || e == ERR_NOTFOUND);
	assert_int_equal(span_cmp(buf_span(&x), buf_span(&y)), 0);
}

static inline void same_views(const struct view *a, const struct view *b, uint64_t *seed)
{
	cleanup(records_free) struct records all = RECORDS_INIT;
	collect(b, SPAN(NULL, 0), SPAN(NULL, 0), &all);
	same_view_at(a, b, SPAN(NULL, 0), SPAN(NULL, 0));
	for (unsigned kind = SHARED_INODE; kind <= SHARED_XATTR; kind++) {
		struct shared_key k = shared_key_kind((enum shared_kind)kind);
		same_view_at(a, b, shared_key_span(&k), SPAN(NULL, 0));
		for (uint64_t ino = 10; ino < 10 + INOS; ino++) {
			k = shared_key_ino((enum shared_kind)kind, ino);
			same_view_at(a, b, shared_key_span(&k), SPAN(NULL, 0));
			same_key(a, b, shared_key_span(&k));
		}
	}
	for (size_t i = 0; i < all.n; i++)
		same_key(a, b, records_key(all.v[i]));
	for (unsigned i = 0; all.n && i < 3; i++) {
		struct span from = records_key(all.v[pick(seed, (unsigned)all.n)]);
		same_view_at(a, b, SPAN(from.p, pick(seed, 2)), from);
		same_view_at(a, b, SPAN(from.p, 9), from);
	}
}

/* put_published, put_said: a table into the map, by no operation. */
static inline void put_published(struct map *m, const struct records *t)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	for (size_t i = 0; i < t->n; i++)
		batch_put(b, MAP_RECORDS, records_key(t->v[i]), buf_span(&t->v[i]->value));
	ok(map_apply(m, b));
}

static inline void put_said(struct map *m, struct said *s, const struct records *t)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	for (size_t i = 0; i < t->n; i++) {
		said_note(s, records_key(t->v[i]));
		ok(said_put(s, b, records_key(t->v[i]), buf_span(&t->v[i]->value)));
	}
	ok(map_apply(m, b));
}
