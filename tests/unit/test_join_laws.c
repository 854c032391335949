/* SPDX-License-Identifier: MIT
 * The join of states is commutative, associative and idempotent, whatever commits carry: records of all kinds, known or
 * not, with groups that nobody knows, and records of a later version. CLOUDSEAL_FULL=1: a million cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_random.h"
#include "tests/unit/join_util.h"
#include "tests/vectors.h"
#include "vault/join/content.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_join.h"
#include "vault/join/known.h"
#include "vault/join/vault_key.h"

#define INO 7
#define COMMITS 3

/* -- what commits say -------------------------------------------------------------------------------------------- */

static void put(struct records *t, struct span key, const struct record *r)
{
	cleanup(records_free) struct records one = RECORDS_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	ok(record_encode(r, &value));
	ok(known_check(key, buf_span(&value)));
	ok(records_put(&one, key, buf_span(&value)));
	ok(join_into(t, &one));
}

static uint64_t below(uint64_t *s, unsigned n)
{
	return (random_u64(s) >> 32) % n;
}

static struct version_id some_version(uint64_t *s)
{
	return vid(1 + below(s, 2), 1 + below(s, 2), (uint8_t)below(s, 2));
}

/* -- files ------------------------------------------------------------------------------------------------------- */

static void say_version(uint64_t *s, struct records *t)
{
	static const char *const texts[] = { "a", "b" };
	cleanup(version_rec_free) struct version_rec v = version_of(INO, some_version(s), texts[below(s, 2)]);
	cleanup(record_free) struct record r = RECORD_INIT;
	struct version_id root = some_version(s);
	if (version_id_cmp(root, v.id) < 0)
		v.root = root;
	v.gone = one_in(s, 3);
	v.mark = v.gone && one_in(s, 2);
	if (v.mark) {
		struct version_rec mark = { .ino = INO, .id = v.id, .gone = true, .mark = true };
		version_rec_free(&v);
		v = mark;
	}
	version_write(&r, &v);
	struct shared_key key = shared_key_version(v.gone ? SHARED_VERSION : SHARED_SIBLING, INO, v.id);
	if (!v.gone && one_in(s, 2))
		key = shared_key_ino(SHARED_INODE, INO);
	put(t, shared_key_span(&key), &r);
}

static struct link_rec some_link(uint64_t *s, uint64_t lid)
{
	static const char *const names[] = { "a", "b" };
	struct link_rec l = link_of(INO, lid, at(1 + below(s, 2), 1 + below(s, 2)), names[below(s, 2)]);
	l.is_removed = one_in(s, 3);
	l.removed.stamp = at(3 + below(s, 2), 1);
	l.removed.written = at(4 + below(s, 2), 2);
	if (l.is_removed && one_in(s, 2))
		assert_true(version_set_add(&l.removed.seen, some_version(s)));
	return l;
}

static void say_link(uint64_t *s, struct records *t)
{
	bool first = one_in(s, 2);
	cleanup(link_rec_free) struct link_rec l = some_link(s, first ? LID_FIRST : 1 + below(s, 2));
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_key key = first ? shared_key_ino(SHARED_INODE, INO) : shared_key_number(SHARED_LINK, INO, l.lid);
	if (first && one_in(s, 2))
		group_value(&r, 1, STAMP_ZERO, SPAN("0123456789abcdef\010", 17));
	place_write(&r, &l);
	if (first && one_in(s, 2))
		group_value(&r, 4, random_stamp(s), SPAN(one_in(s, 2) ? "\1\0\0\0" : "\2\0\0\0", 4));
	put(t, shared_key_span(&key), &r);
}

static void say_xattr(uint64_t *s, struct records *t)
{
	struct xattr_value x = { .ino = INO, .hash = 77, .name = name_of(one_in(s, 2) ? "user.a" : "user.b") };
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_key key = shared_key_number(SHARED_XATTR, INO, x.hash);
	x.stamp = random_stamp(s);
	x.removed = one_in(s, 3);
	if (!x.removed)
		buf_put(&x.value, one_in(s, 2) ? "1" : "2", 1);
	xattr_map_write(&r, &x);
	put(t, shared_key_span(&key), &r);
	xattr_value_free(&x);
}

/* -- what is not known ------------------------------------------------------------------------------------------- */

/* say_groups: groups of a later version in a record of a file. */
static void say_groups(uint64_t *s, struct records *t)
{
	static const uint16_t numbers[] = { 12, 15, 300 };
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_key key =
	        one_in(s, 2) ? shared_key_ino(SHARED_INODE, INO) : shared_key_number(SHARED_XATTR, INO, 77);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (i == 2 || one_in(s, 2))
			random_group(s, &r, numbers[i], 1);
	put(t, shared_key_span(&key), &r);
}

static void say_unknown(uint64_t *s, struct records *t)
{
	static const uint8_t keys[][2] = { { 0x49, 1 }, { 0x4f, 1 }, { 0x56, 1 }, { 0x7f, 1 } };
	cleanup(record_free) struct record r = RECORD_INIT;
	random_record(s, &r);
	put(t, SPAN(keys[below(s, 4)], 1 + below(s, 2)), &r);
}

/* say_later: a record that is carried whole. */
static void say_later(uint64_t *s, struct records *t)
{
	static const char *const values[] = { "\3", "\3a", "\3b", "\4" };
	cleanup(records_free) struct records one = RECORDS_INIT;
	struct span key = one_in(s, 2) ? SPAN("\x4f\1", 2) : SPAN("\x49\1", 2);
	ok(records_put(&one, key, span_str(values[below(s, 4)])));
	ok(join_into(t, &one));
}

/* -- the vault --------------------------------------------------------------------------------------------------- */

/* Records of the kinds from 0x45 on, out of tests/vectors/vault.txt. */
static struct records samples;

static int setup(void **state)
{
	(void)state;
	struct vector v;
	for (FILE *f = vectors_open("vault.txt"); vectors_next(f, &v);) {
		struct rd r = RD(vector_get(&v, "bytes"));
		if (strncmp(v.name[0], "record-", 7) != 0)
			continue;
		struct span key = SPAN(r.p + 1, *r.p); /* a length that fits one byte, and the key */
		ok(records_put(&samples, key, SPAN(r.p + 1 + key.len, r.left - 1 - key.len)));
	}
	assert_int_equal(samples.n, 12);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	records_free(&samples);
	return 0;
}

/* say_sample: as it is, or with a group that a later version adds. */
static void say_sample(uint64_t *s, struct records *t)
{
	const struct records_entry *x = samples.v[below(s, (unsigned)samples.n)];
	cleanup(records_free) struct records one = RECORDS_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf more = BUF_INIT, sum = BUF_INIT;
	random_group(s, &r, 12, 1);
	ok(record_encode(&r, &more));
	ok(record_join(buf_span(&x->value), one_in(s, 3) ? buf_span(&more) : SPAN(NULL, 0), &sum));
	ok(records_put(&one, records_key(x), buf_span(&sum)));
	ok(join_into(t, &one));
}

static struct vault_key key_of(enum vault_kind kind)
{
	return vault_key_of(&(struct vault_name){ .kind = kind, .id = { { 7 } }, .number = 1, .hash = { { 7 } } });
}

/* say_settings: what has a stamp of its own. */
static void say_settings(uint64_t *s, struct records *t)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	static const enum vault_kind kinds[] = { SHARED_SUPER, SHARED_SEGMENT, SHARED_DEVICE };
	enum vault_kind kind = kinds[below(s, 3)];
	struct span value = one_in(s, 2) ? SPAN("\x07\0\0\0", 4) : SPAN("\x08\0\0\0", 4);
	struct vault_key key = key_of(kind);
	if (kind == SHARED_SEGMENT)
		value = one_in(s, 2) ? SPAN("", 0) : SPAN("\1\0\0\0\0\0\0\0", 8);
	if (kind == SHARED_DEVICE)
		value = one_in(s, 2) ? span_str("name") : span_str("other");
	group_value(&r, 2, random_stamp(s), value);
	put(t, vault_key_span(&key), &r);
}

/* say_keys: what is a set that grows: mix keys, roots, what claims to be the genesis. */
static void say_keys(uint64_t *s, struct records *t)
{
	static const enum vault_kind kinds[] = { SHARED_SLOT, SHARED_DEVICE, SHARED_EPOCH, SHARED_GENESIS };
	cleanup(record_free) struct record r = RECORD_INIT;
	uint8_t mix[32] = { (uint8_t)below(s, 3) }, genesis[] = { 1, 0, (uint8_t)below(s, 3), 0, 0 };
	enum vault_kind kind = kinds[below(s, 4)];
	struct vault_key key = key_of(kind);
	size_t map = group_open(&r, kind == SHARED_EPOCH ? 2 : 1, GROUP_MAP, STAMP_ZERO);
	struct span bytes = kind == SHARED_GENESIS ? SPAN(genesis, sizeof(genesis)) : SPAN(mix, sizeof(mix));
	group_close(&r, group_key(&r, STAMP_ZERO, bytes));
	group_close(&r, map);
	put(t, vault_key_span(&key), &r);
}

/* say_content: under one id two things, as only an equivocator would. */
static void say_content(uint64_t *s, struct records *t)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_key key = key_of(SHARED_CONTENT);
	ok(content_put(&value, &(struct content_rec){ one_in(s, 2), { { 1 } }, 1 + below(s, 2) }));
	group_value(&r, 1, STAMP_ZERO, buf_span(&value));
	put(t, vault_key_span(&key), &r);
}

/* -- the laws ---------------------------------------------------------------------------------------------------- */

static void random_commit(uint64_t *s, struct records *t)
{
	static void (*const all[])(
	        uint64_t * s, struct records * t) = { say_version, say_version, say_link, say_xattr,    say_groups,
		                                      say_unknown, say_sample,  say_keys, say_settings, say_content };
	for (unsigned n = 1 + (unsigned)below(s, 5); n; n--)
		all[below(s, ARRAY_LEN(all))](s, t);
	if (one_in(s, 3))
		say_later(s, t);
}

static void three(struct records *t, const struct records *a, const struct records *b, const struct records *c)
{
	ok(join_into(t, a));
	ok(join_into(t, b));
	ok(join_into(t, c));
}

static void check_laws(const struct records c[COMMITS])
{
	static const uint8_t orders[][COMMITS] = { { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	cleanup(records_free) struct records sum = RECORDS_INIT, two = RECORDS_INIT, grouped = RECORDS_INIT;
	three(&sum, &c[0], &c[1], &c[2]);
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		cleanup(records_free) struct records other = RECORDS_INIT;
		three(&other, &c[orders[i][0]], &c[orders[i][1]], &c[orders[i][2]]);
		assert_true(same_records(&sum, &other));
	}
	ok(join_into(&two, &c[1])); /* a state that joins one: what others have joined already */
	ok(join_into(&two, &c[2]));
	ok(join_into(&grouped, &c[0]));
	ok(join_into(&grouped, &two));
	assert_true(same_records(&sum, &grouped));
	ok(join_into(&grouped, &two));
	ok(join_into(&grouped, &c[0]));
	ok(join_into(&grouped, &sum));
	assert_true(same_records(&sum, &grouped));
}

static void test_laws(void **state)
{
	(void)state;
	uint64_t s = random_seed();
	for (unsigned i = random_rounds(2000, 1000000); i; i--) {
		struct records c[COMMITS] = { 0 };
		for (unsigned k = 0; k < COMMITS; k++)
			random_commit(&s, &c[k]);
		check_laws(c);
		for (unsigned k = 0; k < COMMITS; k++)
			records_free(&c[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_laws) };
	return cmocka_run_group_tests(tests, setup, teardown);
}
