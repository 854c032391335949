/* SPDX-License-Identifier: MIT
 * Drafts: what is said is small, what is shown is what is below joined with it, and both come to the same state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_util.h"

#define A 0xa
#define B 0xb

static void put_mode(struct draft *d, uint64_t ino, struct stamp s, uint16_t permissions)
{
	cleanup(buf_free) struct buf mode = BUF_INIT;
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = permissions });
	ok(draft_put_attr(d, ino, ATTR_MODE, s, buf_span(&mode)));
}

static void put_version(struct draft *d, struct version_rec v)
{
	ok(draft_put_version(d, &v));
	version_rec_free(&v);
}

/* replace: `old` goes, `new` comes on its branch. */
static void replace(struct draft *d, uint64_t ino, struct version_id old, struct version_id new, const char *text)
{
	struct version_rec was, v = version_of(ino, new, text);
	ok(shared_version(draft_view(d), ino, old, &was));
	was.gone = true;
	v.root = was.root;
	put_version(d, was);
	put_version(d, v);
}

/* base: a state of one file, 7, called "a", with the version (1, A). */
static void make_base(struct records *base)
{
	struct draft d;
	draft_begin(&d, NULL);
	ok(draft_put_head(&d, &(struct inode_head){ .ino = 7, .type = 8, .birth = { { 9 } } }));
	put_mode(&d, 7, at(1, A), 0644);
	struct link_rec l = link_of(7, LID_FIRST, at(1, A), "a");
	ok(draft_put_link(&d, &l));
	put_version(&d, version_of(7, vid(1, A, 1), "one"));
	ok(join_into(base, draft_records(&d)));
	assert_int_equal(base->n, 1);
	draft_end(&d);
}

static void test_whole_file(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT;
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	make_base(&base);
	struct view v = records_view(&base);
	ok(shared_inode(&v, 7, &s));
	assert_int_equal(s.head.type, 8);
	assert_true(s.has_link && s.has_version);
	assert_int_equal(name_cmp(&s.link.where.at.name, &(struct name){ 1, "a" }), 0);
	assert_int_equal(s.version.payload.len, 3);
	assert_int_equal(shared_inode(&v, 8, &s), ERR_NOTFOUND);
}

static void test_only_news_is_said(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT;
	struct draft d;
	make_base(&base);
	struct view v = records_view(&base);
	draft_begin(&d, &v);
	struct link_rec l;
	ok(shared_link(draft_view(&d), 7, LID_FIRST, &l));
	ok(draft_put_link(&d, &l));
	assert_int_equal(draft_records(&d)->n, 0);
	l.is_removed = true;
	l.removed.stamp = l.removed.written = at(5, B);
	assert_true(version_set_add(&l.removed.seen, vid(1, A, 1)));
	ok(draft_put_link(&d, &l));
	link_rec_free(&l);
	assert_int_equal(draft_records(&d)->n, 1);
	assert_true(draft_records(&d)->v[0]->value.len < base.v[0]->value.len);
	ok(shared_link(draft_view(&d), 7, LID_FIRST, &l));
	assert_true(l.is_removed && l.removed.seen.n == 1 && l.where.at.dir == INO_ROOT);
	link_rec_free(&l);
	draft_end(&d);
}

/* A draft over the base shows what the base shows once the draft's records have joined it. */
static void test_shows_the_join(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT, after = RECORDS_INIT, shown = RECORDS_INIT;
	struct draft d;
	make_base(&base);
	make_base(&after);
	struct view v = records_view(&base);
	draft_begin(&d, &v);
	replace(&d, 7, vid(1, A, 1), vid(2, A, 2), "two");
	put_version(&d, version_of(7, vid(3, B, 3), "three"));
	put_mode(&d, 7, at(4, A), 0600);
	ok(join_into(&after, draft_records(&d)));
	ok(records_add_all(&shown, &base));
	ok(records_add_all(&shown, &d.over.changes));
	assert_true(same_records(&shown, &after));
	assert_int_equal(after.n, 3); /* INODE, SIBLING, VERSION */
	draft_end(&d);
}

/* Removed below at 5, and here for a rename at 4 that is confirmed at 6: of the two stamps of a removal only one is
 * new. */
static void test_half_a_removal_is_news(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT;
	make_base(&base);
	struct draft d;
	struct link_rec l = link_of(7, LID_FIRST, at(1, A), "a");
	draft_begin(&d, NULL);
	l.is_removed = true;
	l.removed = (struct removal){ .stamp = at(5, B), .written = at(5, B) };
	ok(draft_put_link(&d, &l));
	ok(join_into(&base, draft_records(&d)));
	draft_end(&d);
	struct view v = records_view(&base);
	draft_begin(&d, &v);
	l.removed = (struct removal){ .stamp = at(4, A), .written = at(6, A) };
	ok(draft_put_link(&d, &l));
	ok(join_into(&base, draft_records(&d)));
	draft_end(&d);
	ok(shared_link(&v, 7, LID_FIRST, &l));
	assert_int_equal(stamp_cmp(l.removed.stamp, at(5, B)), 0);
	assert_int_equal(stamp_cmp(l.removed.written, at(6, A)), 0);
	link_rec_free(&l);
}

static void test_mark_is_small(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT;
	struct draft d;
	make_base(&base);
	struct view v = records_view(&base);
	draft_begin(&d, &v);
	replace(&d, 7, vid(1, A, 1), vid(2, A, 2), "two");
	struct shared_key key = shared_key_version(SHARED_VERSION, 7, vid(1, A, 1));
	const struct records_entry *x = records_find(draft_records(&d), shared_key_span(&key));
	assert_non_null(x);
	assert_true(x->value.len < 45);
	draft_end(&d);
}

/* What a changeset wrote and replaced itself is dropped: then nothing tells that it was. */
static void test_drop_version(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT, left = RECORDS_INIT, right = RECORDS_INIT;
	struct draft d, e;
	make_base(&base);
	struct view v = records_view(&base);
	draft_begin(&d, &v);
	replace(&d, 7, vid(1, A, 1), vid(2, A, 2), "two");
	ok(draft_drop_version(&d, 7, vid(2, A, 2)));
	put_version(&d, version_of(7, vid(3, A, 3), "three"));
	draft_begin(&e, &v);
	struct version_rec was;
	ok(shared_version(draft_view(&e), 7, vid(1, A, 1), &was));
	was.gone = true;
	put_version(&e, was);
	put_version(&e, version_of(7, vid(3, A, 3), "three"));
	assert_true(same_records(draft_records(&d), draft_records(&e)));
	ok(records_add_all(&left, &base));
	ok(records_add_all(&left, &d.over.changes));
	ok(records_add_all(&right, &base));
	ok(records_add_all(&right, &e.over.changes));
	assert_true(same_records(&left, &right));
	draft_end(&d);
	draft_end(&e);
}

static void test_drop_inode(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT;
	struct draft d;
	make_base(&base);
	struct view v = records_view(&base);
	draft_begin(&d, &v);
	ok(draft_put_head(&d, &(struct inode_head){ .ino = 8, .type = 8, .birth = { { 9 } } }));
	struct link_rec l = link_of(8, 5, at(1, A), "b");
	ok(draft_put_link(&d, &l));
	put_version(&d, version_of(8, vid(2, A, 2), "two"));
	assert_int_equal(draft_records(&d)->n, 2);
	ok(draft_drop_inode(&d, 8));
	assert_int_equal(draft_records(&d)->n, 0);
	assert_int_equal(d.over.changes.n, 0);
	draft_end(&d);
}

/* A new file is one record, that which its parts come to one after the other; and so it is where something is there. */
static void test_new_file(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT;
	struct draft one, parts;
	struct inode_head h = { .ino = 8, .type = 8, .birth = { { 9 } } };
	struct link_rec l = link_of(8, LID_FIRST, at(5, A), "b");
	struct version_rec ver = version_of(8, vid(5, A, 2), "two");
	make_base(&base);
	struct view v = records_view(&base);
	for (h.ino = 8; h.ino >= 7; h.ino--) { /* 7 is there */
		l.ino = ver.ino = h.ino;
		draft_begin(&one, &v);
		draft_begin(&parts, &v);
		ok(draft_put_new(&one, &(struct draft_file){ &h, &l, &ver }));
		ok(draft_put_head(&parts, &h));
		ok(draft_put_link(&parts, &l));
		ok(draft_put_version(&parts, &ver));
		assert_true(same_records(draft_records(&one), draft_records(&parts)));
		assert_true(same_records(&one.over.changes, &parts.over.changes));
		draft_end(&one);
		draft_end(&parts);
	}
	version_rec_free(&ver);
}

/* A record as bytes is said like any other: only what is new of it. */
static void test_bytes(void **state)
{
	(void)state;
	cleanup(records_free) struct records said = RECORDS_INIT;
	struct draft d;
	struct shared_key key = shared_key_number(SHARED_LINK, 7, 3);
	struct link_rec l = link_of(7, 3, at(1, A), "a");
	draft_begin(&d, NULL);
	ok(draft_put_link(&d, &l));
	ok(records_add_all(&said, draft_records(&d)));
	draft_end(&d);
	struct view v = records_view(&said);
	draft_begin(&d, &v);
	ok(draft_put(&d, shared_key_span(&key), buf_span(&said.v[0]->value)));
	assert_int_equal(draft_records(&d)->n, 0);
	assert_int_equal(draft_put(&d, shared_key_span(&key), span_str("\1")), ERR_DAMAGED);
	draft_end(&d);
}

/* What comes late of a version that is gone goes to its mark. */
static void test_late_word_of_a_version(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT;
	struct draft d;
	draft_begin(&d, NULL);
	ok(draft_put_version(&d, &(struct version_rec){ .ino = 7, .id = vid(1, A, 1), .gone = true, .mark = true }));
	ok(join_into(&base, draft_records(&d)));
	draft_end(&d);
	struct view v = records_view(&base);
	draft_begin(&d, &v);
	put_version(&d, version_of(7, vid(1, A, 1), "one"));
	assert_int_equal(draft_records(&d)->n, 1);
	assert_int_equal(draft_records(&d)->v[0]->key[0], SHARED_VERSION);
	ok(join_into(&base, draft_records(&d)));
	assert_int_equal(base.n, 1);
	draft_end(&d);
}

/* Versions come in order, whichever record they stand in. */
static void test_versions_in_order(void **state)
{
	(void)state;
	cleanup(records_free) struct records base = RECORDS_INIT;
	cleanup(version_list_free) struct version_list l = { 0 };
	struct draft d;
	make_base(&base);
	struct view v = records_view(&base);
	draft_begin(&d, &v);
	for (uint8_t i = 2; i < 7; i++)
		put_version(&d, version_of(7, vid(i, B, i), "text"));
	replace(&d, 7, vid(3, B, 3), vid(9, B, 9), "nine");
	ok(shared_versions(draft_view(&d), 7, &l));
	assert_int_equal(l.n, 7);
	for (size_t i = 1; i < l.n; i++)
		assert_true(version_id_cmp(l.v[i - 1].id, l.v[i].id) < 0);
	draft_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_file),
		cmocka_unit_test(test_only_news_is_said),
		cmocka_unit_test(test_shows_the_join),
		cmocka_unit_test(test_mark_is_small),
		cmocka_unit_test(test_drop_version),
		cmocka_unit_test(test_drop_inode),
		cmocka_unit_test(test_new_file),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_late_word_of_a_version),
		cmocka_unit_test(test_versions_in_order),
		cmocka_unit_test(test_half_a_removal_is_news),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
