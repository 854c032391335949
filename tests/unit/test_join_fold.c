/* SPDX-License-Identifier: MIT
 * The versions of a file stand where all that is known of them says, in whatever order it came; beside them nothing is
 * lost that this program does not know.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_random.h"
#include "tests/unit/join_util.h"
#include "vault/join/digest.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/inode_head.h"

#define INO 7
#define COMMITS 5
#define VERSIONS 6

/* -- what commits say -------------------------------------------------------------------------------------------- */

static void put_record(struct records *t, struct shared_key key, const struct record *r)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	ok(record_encode(r, &value));
	ok(records_put(t, shared_key_span(&key), buf_span(&value)));
}

static void put_version(struct records *t, const struct version_rec *v)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	version_write(&r, v);
	put_record(t, shared_key_version(v->gone ? SHARED_VERSION : SHARED_SIBLING, INO, v->id), &r);
}

static void put_mark(struct records *t, struct version_id id)
{
	put_version(t, &(struct version_rec){ .ino = INO, .id = id, .gone = true, .mark = true });
}

/* version i of the tests: what two commits may say of it differs in root, link and contents, and joins. */
static struct version_rec version_at(unsigned i, unsigned root, const char *text)
{
	struct version_rec v = version_of(INO, vid(1 + i / 2, i, (uint8_t)i), text);
	if (root < i)
		v.root = vid(1 + root / 2, root, (uint8_t)root);
	return v;
}

static void put_inode(struct records *t, struct stamp s, const struct version_rec *first)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf mode = BUF_INIT;
	struct inode_head h = { .ino = INO, .type = 8 };
	struct link_rec l = link_of(INO, LID_FIRST, s, "a");
	group_value(&r, GROUP_IDENTITY, STAMP_ZERO, SPAN("0123456789abcdef\010", 17));
	place_write(&r, &l);
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0644 });
	group_value(&r, GROUP_ATTR, s, buf_span(&mode));
	if (first)
		version_write(&r, first);
	put_record(t, shared_key_ino(SHARED_INODE, h.ino), &r);
}

/* -- a second way to the same: a plain table of versions ----------------------------------------------------------- */

struct plain {
	bool there, gone;
	unsigned root;
	uint64_t via;
	const char *text; /* NULL: a mere mark */
};

static void plain_join(struct plain *p, const struct plain *q)
{
	if (!q->there)
		return;
	p->text = !p->text || (q->text && strcmp(q->text, p->text) > 0) ? q->text : p->text;
	p->root = p->there && p->root > q->root ? p->root : q->root;
	p->via = p->via > q->via ? p->via : q->via;
	p->gone |= q->gone;
	p->there = true;
}

/* random_version: as it can stand in a commit. Roots rise with their number; 0: of a mark, nothing is said. */
static struct plain random_version(uint64_t *s, unsigned i)
{
	static const char *const texts[] = { "x", "y", "z" };
	struct plain p = { .there = true, .gone = one_in(s, 3) };
	if (p.gone && one_in(s, 2))
		return p;
	p.root = (unsigned)(random_u64(s) >> 32) % (i + 1) + 1;
	p.via = one_in(s, 2) ? 0 : random_u64(s) >> 62;
	p.text = texts[(random_u64(s) >> 32) % 3];
	return p;
}

static void say(struct records *t, unsigned i, const struct plain *p)
{
	if (!p->text) {
		put_mark(t, vid(1 + i / 2, i, (uint8_t)i));
		return;
	}
	cleanup(version_rec_free) struct version_rec v = version_at(i, p->root - 1, p->text);
	v.via = p->via;
	v.gone = p->gone;
	put_version(t, &v);
}

/* random_commit: some versions, of which the greatest live one may stand in INODE. */
static void random_commit(uint64_t *s, struct records *t, struct plain all[VERSIONS])
{
	bool inode = one_in(s, 2);
	for (unsigned i = VERSIONS; i-- > 0;) {
		if (!one_in(s, 3))
			continue;
		struct plain p = random_version(s, i);
		plain_join(&all[i], &p);
		if (!inode || p.gone) {
			say(t, i, &p);
			continue;
		}
		cleanup(version_rec_free) struct version_rec v = version_at(i, p.root - 1, p.text);
		v.via = p.via;
		put_inode(t, at(1, 1), &v);
		inode = false;
	}
	if (t->n == 0)
		put_inode(t, at(2, 1), NULL);
}

/* first_of: the live version with the greatest (root, id). VERSIONS: none. */
static unsigned first_of(const struct plain all[VERSIONS])
{
	unsigned first = VERSIONS;
	for (unsigned i = 0; i < VERSIONS; i++)
		if (all[i].there && !all[i].gone && (first == VERSIONS || all[i].root >= all[first].root))
			first = i;
	return first;
}

static bool stands_in(const struct records *t, enum shared_kind kind, unsigned i)
{
	struct shared_key key = shared_key_version(kind, INO, vid(1 + i / 2, i, (uint8_t)i));
	return records_find(t, shared_key_span(&key));
}

static void check_version(const struct view *view, unsigned i, const struct plain *p)
{
	cleanup(version_rec_free) struct version_rec v = { 0 };
	ok(shared_version(view, INO, vid(1 + i / 2, i, (uint8_t)i), &v));
	assert_int_equal(v.gone, p->gone);
	assert_int_equal(v.via, p->via);
	assert_int_equal(v.mark, p->gone && !p->text);
	if (!p->text)
		return;
	assert_int_equal(v.payload.p[0], p->text[0]);
	assert_int_equal(v.root.stamp.stream, p->root - 1);
}

/* check_state: each version where it belongs, and nowhere else. */
static void check_state(const struct records *t, const struct plain all[VERSIONS])
{
	struct view view = records_view(t);
	struct shared_key key = shared_key_ino(SHARED_INODE, INO);
	cleanup(record_free) struct record r = RECORD_INIT;
	unsigned first = first_of(all);
	for (unsigned i = 0; i < VERSIONS; i++) {
		assert_int_equal(stands_in(t, SHARED_VERSION, i), all[i].there && all[i].gone);
		assert_int_equal(stands_in(t, SHARED_SIBLING, i), all[i].there && !all[i].gone && i != first);
		if (all[i].there)
			check_version(&view, i, &all[i]);
	}
	const struct records_entry *inode = records_find(t, shared_key_span(&key));
	struct nodes keys = { 0 };
	if (inode) {
		ok(record_decode(buf_span(&inode->value), &r));
		keys = version_list(group_all(&r));
	}
	assert_int_equal(keys.n != 0, first != VERSIONS);
	if (keys.n)
		assert_int_equal(keys.v->stamp.stream, first);
}

/* -- orders ------------------------------------------------------------------------------------------------------ */

static void shuffle(uint64_t *s, unsigned *order, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		order[i] = i;
	for (unsigned i = n; i > 1; i--) {
		unsigned j = (unsigned)(random_u64(s) >> 32) % i, x = order[i - 1];
		order[i - 1] = order[j];
		order[j] = x;
	}
}

/* join_digested: as join_into, and the digest follows. */
static void join_digested(struct records *state, const struct records *delta)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	struct lthash kept, after;
	struct view view = records_view(state);
	ok(digest_state(&kept, &view));
	ok(join_apply(&view, delta, &changes));
	ok(digest_change(&kept, &view, &changes));
	ok(join_into(state, delta));
	ok(digest_state(&after, &view));
	assert_memory_equal(&kept, &after, sizeof(kept));
}

/* in_order: joined one after the other, one of them twice; or two states that then join. */
static void in_order(uint64_t *s, const struct records commit[COMMITS], struct records *state)
{
	cleanup(records_free) struct records other = RECORDS_INIT;
	unsigned order[COMMITS], half = one_in(s, 2) ? COMMITS : (unsigned)(random_u64(s) >> 32) % COMMITS;
	shuffle(s, order, COMMITS);
	for (unsigned i = 0; i < COMMITS; i++)
		ok(join_into(i < half ? state : &other, &commit[order[i]]));
	ok(join_into(state, &commit[order[0]]));
	if (one_in(s, 10))
		join_digested(state, &other);
	else
		ok(join_into(state, &other));
}

static void one_world(uint64_t *s)
{
	struct records commit[COMMITS] = { 0 };
	struct plain all[VERSIONS] = { 0 };
	cleanup(records_free) struct records first = RECORDS_INIT;
	for (unsigned i = 0; i < COMMITS; i++)
		random_commit(s, &commit[i], all);
	in_order(s, commit, &first);
	check_state(&first, all);
	for (unsigned round = 0; round < 4; round++) {
		cleanup(records_free) struct records again = RECORDS_INIT;
		in_order(s, commit, &again);
		assert_true(same_records(&first, &again));
	}
	for (unsigned i = 0; i < COMMITS; i++)
		records_free(&commit[i]);
}

static void test_any_order(void **state)
{
	(void)state;
	uint64_t s = random_seed();
	for (unsigned i = random_rounds(5000, 200000); i; i--)
		one_world(&s);
}

/* A version that comes after its mark stays out, and its contents are kept. */
static void test_mark_comes_first(void **state)
{
	(void)state;
	cleanup(records_free) struct records mark = RECORDS_INIT, late = RECORDS_INIT, state_ = RECORDS_INIT;
	cleanup(version_rec_free) struct version_rec v = version_at(3, 3, "late"), got = { 0 };
	put_mark(&mark, v.id);
	put_inode(&late, at(1, 1), &v);
	ok(join_into(&state_, &mark));
	assert_int_equal(state_.n, 1);
	ok(join_into(&state_, &late));
	struct view view = records_view(&state_);
	cleanup(shared_inode_free) struct shared_inode inode = { 0 };
	ok(shared_inode(&view, INO, &inode));
	assert_false(inode.has_version);
	ok(shared_version(&view, INO, v.id, &got));
	assert_true(got.gone && !got.mark && got.payload.len == 4);
}

/* What stands in the versions' place and is of another class means nothing, and joins as any group does. */
static void test_other_class(void **state)
{
	(void)state;
	cleanup(records_free) struct records file = RECORDS_INIT, one = RECORDS_INIT;
	cleanup(version_rec_free) struct version_rec v = version_at(1, 1, "one");
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	struct shared_key key = shared_key_ino(SHARED_INODE, INO);
	struct view view = records_view(&file);
	put_inode(&one, at(1, 1), NULL);
	ok(records_put(&file, shared_key_span(&key), SPAN("\2\0\1\012\1\0\0", 7))); /* VALUE */
	ok(join_into(&file, &one));
	cleanup(record_free) struct record r = RECORD_INIT;
	ok(record_decode(buf_span(&file.v[0]->value), &r));
	assert_non_null(group_find(group_all(&r), GROUP_VERSIONS));
	ok(shared_inode(&view, INO, &s));
	assert_false(s.has_version);
	put_version(&one, &v);
	ok(join_into(&file, &one));
	shared_inode_free(&s);
	ok(shared_inode(&view, INO, &s));
	assert_true(s.has_version);
}

/* -- what this program does not know ------------------------------------------------------------------------------- */

static const uint8_t later_key[] = { 0x4f, 1, 2, 3 };

/* later: what version 2.1 could write: a kind of its own, a group beside those of INODE, and one inside a version. */
static void later(struct records *t, struct stamp s, const char *text)
{
	cleanup(record_free) struct record r = RECORD_INIT, own = RECORD_INIT;
	cleanup(version_rec_free) struct version_rec v = version_at(2, 2, "two");
	version_write(&r, &v);
	group_value(&r, 77, s, span_str(text));
	put_record(t, shared_key_ino(SHARED_INODE, INO), &r);
	size_t map = group_open(&own, 5, GROUP_MAP, STAMP_ZERO);
	group_close(&own, group_key(&own, s, span_str(text)));
	group_close(&own, map);
	cleanup(buf_free) struct buf value = BUF_INIT;
	ok(record_encode(&own, &value));
	ok(records_put(t, SPAN(later_key, sizeof(later_key)), buf_span(&value)));
}

static void test_unknown_is_kept(void **state)
{
	(void)state;
	cleanup(records_free) struct records a = RECORDS_INIT, b = RECORDS_INIT, ab = RECORDS_INIT, ba = RECORDS_INIT;
	cleanup(record_free) struct record r = RECORD_INIT, own = RECORD_INIT;
	struct draft d;
	later(&a, at(1, 1), "from one");
	later(&b, at(2, 1), "from the other");
	ok(join_into(&ab, &a));
	ok(join_into(&ab, &b));
	ok(join_into(&ba, &b));
	ok(join_into(&ba, &a));
	assert_true(same_records(&ab, &ba));
	struct view view = records_view(&ab);
	draft_begin(&d, &view); /* a write of this program goes beside it */
	ok(draft_put_attr(&d, INO, ATTR_UID, at(3, 1), SPAN("\1\0\0\0", 4)));
	ok(join_into(&ab, draft_records(&d)));
	draft_end(&d);
	struct shared_key key = shared_key_ino(SHARED_INODE, INO);
	const struct records_entry *x = records_find(&ab, shared_key_span(&key));
	ok(record_decode(buf_span(&x->value), &r));
	const struct group_node *kept = group_find(group_all(&r), 77);
	assert_non_null(kept);
	assert_int_equal(span_cmp(kept->bytes, span_str("from the other")), 0);
	assert_non_null(group_find(group_all(&r), GROUP_ATTR + ATTR_UID));
	x = records_find(&ab, SPAN(later_key, sizeof(later_key)));
	ok(record_decode(buf_span(&x->value), &own));
	assert_int_equal(own.n, 3); /* the group and both keys */
}

/* What stands inside a version goes where the version goes. */
static void test_unknown_inside_a_version(void **state)
{
	(void)state;
	cleanup(records_free) struct records a = RECORDS_INIT, b = RECORDS_INIT;
	cleanup(record_free) struct record r = RECORD_INIT, out = RECORD_INIT;
	cleanup(version_rec_free) struct version_rec v = version_at(2, 2, "two");
	version_write(&r, &v);
	group_value(&r, 99, at(1, 1), span_str("said later"));
	r.v[0].size++; /* the group, and the key in it, hold it, too */
	r.v[1].size++;
	put_record(&a, shared_key_ino(SHARED_INODE, INO), &r);
	put_mark(&b, v.id);
	ok(join_into(&a, &b));
	assert_int_equal(a.n, 1);
	struct shared_key key = shared_key_version(SHARED_VERSION, INO, v.id);
	const struct records_entry *x = records_find(&a, shared_key_span(&key));
	assert_non_null(x);
	ok(record_decode(buf_span(&x->value), &out));
	assert_non_null(group_find((struct nodes){ out.v + 2, out.n - 2 }, 99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_mark_comes_first),

		cmocka_unit_test(test_unknown_is_kept),
		cmocka_unit_test(test_other_class),
		cmocka_unit_test(test_unknown_inside_a_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
