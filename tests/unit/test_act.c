/* SPDX-License-Identifier: MIT
 * Operations on the shown tree, where the model of tests/act has no word: types of files, attributes and times, xattrs,
 * lost+found; and that a refusal writes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/act_util.h"
#include "vault/act/handles.h"
#include "vault/act/moves.h"
#include "vault/act/unborn.h"

static void test_types(void **state)
{
	(void)state;
	struct desk d;
	desk_begin(&d);
	static const mode_t types[] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK };
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		char name[2] = { (char)('a' + i), 0 };
		make(&d, in(INO_ROOT, name), types[i], types[i] == S_IFLNK ? "target" : "");
		assert_int_equal(look(&d, in(INO_ROOT, name))->type, types[i] >> 12);
	}
	desk_end(&d);
}

static void test_write_brings_attributes(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf time = BUF_INIT;
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	struct desk d;
	enum refusal r;
	desk_begin(&d);
	uint64_t ino = make(&d, in(INO_ROOT, "f"), S_IFREG, "one");
	attr_put_time(&time, (struct attr_time){ 7, 8 });
	struct act_attr mtime = { ATTR_MTIME, buf_span(&time) };
	struct act_contents c = text("two");
	struct spot at = in(INO_ROOT, "f");
	ok(contents_write(&d.a, &at, &c, &(struct act_attrs){ &mtime, 1 }, &r));
	assert_int_equal(r, REFUSED_NOT);
	ok(shared_inode(act_shown(&d.a), ino, &s));
	assert_true(s.head.attr[ATTR_MTIME].there);
	assert_int_equal(stamp_cmp(s.head.attr[ATTR_MTIME].stamp, s.version.id.stamp), 0);
	assert_int_equal(span_cmp(buf_span(&s.head.attr[ATTR_MTIME].value), buf_span(&time)), 0);
	assert_memory_equal(s.version.payload.p, "two", 3);
	desk_end(&d);
}

static void write_published(struct desk *d, const char *s, struct version_rec *ret)
{
	struct spot at = in(INO_ROOT, "f");
	struct act_contents c = text(s);
	enum refusal r;
	ok(contents_write(&d->a, &at, &c, &(struct act_attrs){ NULL, 0 }, &r));
	assert_int_equal(r, REFUSED_NOT);
	const struct tree_version *v = look(d, at)->version;
	ok(shared_version(act_shown(&d->a), v->home, v->id, ret));
	publish(d);
}

static void test_root_is_handed_on_for_a_day(void **state)
{
	(void)state;
	struct desk d;
	struct version_rec first, second, third;
	desk_begin(&d);
	make(&d, in(INO_ROOT, "f"), S_IFREG, "");
	publish(&d);
	d.now += ACT_RENEW + 1;
	write_published(&d, "1", &first);
	assert_int_equal(version_id_cmp(first.root, first.id), 0);
	d.now += ACT_RENEW;
	write_published(&d, "2", &second);
	assert_int_equal(version_id_cmp(second.root, first.id), 0);
	assert_int_equal(second.root_time, first.time);
	d.now++;
	write_published(&d, "3", &third);
	assert_int_equal(version_id_cmp(third.root, third.id), 0);
	version_rec_free(&first);
	version_rec_free(&second);
	version_rec_free(&third);
	desk_end(&d);
}

static void write_through(struct desk *d, struct act_handle *h, const char *s)
{
	struct act_contents c = text(s);
	enum refusal r;
	ok(contents_write_handle(&d->a, h, &c, &(struct act_attrs){ NULL, 0 }, &r));
	assert_int_equal(r, REFUSED_NOT);
}

/* A version that was made and replaced in one changeset names nothing that anybody has: what is published begins the
 * branch, for all that have it open, and hands it on from then on. */
static void test_what_is_published_first_begins_the_branch(void **state)
{
	(void)state;
	struct desk d;
	struct act_handle one, two;
	struct version_rec later;
	enum refusal r;
	struct spot at = in(INO_ROOT, "f");
	desk_begin(&d);
	make(&d, at, S_IFREG, "");
	ok(contents_open(&d.a, &at, &one, &r));
	ok(contents_open(&d.a, &at, &two, &r));
	write_through(&d, &one, "1");
	write_through(&d, &one, "2");
	assert_int_equal(version_id_cmp(one.root, one.version), 0);
	assert_int_equal(version_id_cmp(look(&d, at)->version->root, one.version), 0);
	assert_int_equal(version_id_cmp(two.version, one.version), 0);
	assert_int_equal(version_id_cmp(two.root, one.root), 0);
	const struct version_id root = one.root;
	publish(&d);
	write_published(&d, "3", &later);
	assert_int_equal(version_id_cmp(later.root, root), 0);
	version_rec_free(&later);
	contents_close(&one);
	contents_close(&two);
	desk_end(&d);
}

static void test_xattr_goes(void **state)
{
	(void)state;
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	struct desk d;
	enum refusal r;
	desk_begin(&d);
	uint64_t ino = make(&d, in(INO_ROOT, "f"), S_IFREG, "");
	struct spot at = in(INO_ROOT, "f");
	struct act_xattr x = { .hash = 5, .name = name_of("user.a"), .value = span_str("v") };
	ok(attrs_set_xattr(&d.a, &at, &x, &r));
	x.removed = true;
	x.value = SPAN(NULL, 0);
	ok(attrs_set_xattr(&d.a, &at, &x, &r));
	ok(shared_xattrs(act_shown(&d.a), ino, &l));
	assert_int_equal(l.n, 1);
	assert_true(l.v[0].removed);
	desk_end(&d);
}

static void test_born_and_gone_is_forgotten(void **state)
{
	(void)state;
	struct desk d;
	enum refusal r;
	desk_begin(&d);
	uint64_t dir = make(&d, in(INO_ROOT, "d"), S_IFDIR, "");
	make(&d, in(dir, "f"), S_IFREG, "x");
	struct spot f = in(dir, "f"), at = in(INO_ROOT, "d");
	ok(names_unlink(&d.a, &f, NULL, &r));
	ok(names_rmdir(&d.a, &at, NULL, &r));
	assert_int_equal(r, REFUSED_NOT);
	assert_true(draft_records(&d.open)->n > 0);
	ok(unborn_forget(&d.a, NULL, NULL));
	assert_int_equal(draft_records(&d.open)->n, 0);
	desk_end(&d);
}

/* -- refusals ------------------------------------------------------------------------------------------------------ */

/* A link in a directory that does not exist: in lost+found. */
static void lose(struct desk *d)
{
	struct link_rec l = link_of(50, LID_FIRST, at(1, 2), "lost");
	l.where.at.dir = 999;
	ok(draft_put_head(&d->open, &(struct inode_head){ .ino = 50, .type = S_IFREG >> 12, .birth = { { 50 } } }));
	ok(draft_put_link(&d->open, &l));
	struct version_rec v = version_of(50, vid(1, 2, 3), "x");
	ok(draft_put_version(&d->open, &v));
	version_rec_free(&v);
	publish(d);
}

static enum refusal create_at(struct desk *d, struct spot at, const char *to)
{
	(void)to;
	uint64_t ino;
	enum refusal r;
	struct act_contents c = text("");
	struct act_new n = { S_IFREG >> 12, &c, { NULL, 0 } };
	ok(names_create(&d->a, &at, &n, &ino, &r));
	return r;
}

static enum refusal write_at(struct desk *d, struct spot at, const char *to)
{
	enum refusal r;
	struct act_contents c = text(to);
	ok(contents_write(&d->a, &at, &c, &(struct act_attrs){ NULL, 0 }, &r));
	return r;
}

static enum refusal unlink_at(struct desk *d, struct spot at, const char *to)
{
	(void)to;
	enum refusal r;
	ok(names_unlink(&d->a, &at, NULL, &r));
	return r;
}

static enum refusal rmdir_at(struct desk *d, struct spot at, const char *to)
{
	(void)to;
	enum refusal r;
	ok(names_rmdir(&d->a, &at, NULL, &r));
	return r;
}

static enum refusal link_at(struct desk *d, struct spot at, const char *to)
{
	enum refusal r;
	struct spot there = in(INO_ROOT, to);
	ok(names_link(&d->a, &at, &there, NULL, &r));
	return r;
}

static enum refusal rename_at(struct desk *d, struct spot at, const char *to)
{
	enum refusal r;
	struct spot there = in(INO_ROOT, to);
	ok(moves_rename(&d->a, &at, &there, NULL, &r));
	return r;
}

static enum refusal exchange_at(struct desk *d, struct spot at, const char *to)
{
	enum refusal r;
	struct spot there = in(INO_ROOT, to);
	ok(moves_exchange(&d->a, &at, &there, NULL, &r));
	return r;
}

static enum refusal chmod_at(struct desk *d, struct spot at, const char *to)
{
	(void)to;
	enum refusal r;
	ok(attrs_set(&d->a, &at, &(struct act_attrs){ NULL, 0 }, &r));
	return r;
}

static void test_refusals_write_nothing(void **state)
{
	(void)state;
	static const struct {
		enum refusal (*act)(struct desk *d, struct spot at, const char *to);
		const char *name, *to;
		bool in_lost;
		enum refusal want;
	} cases[] = {
		{ create_at, "f", "", false, REFUSED_EXISTS },
		{ create_at, "new", "", true, REFUSED_ACCESS },
		{ write_at, "none", "x", false, REFUSED_NOENT },
		{ write_at, "d", "x", false, REFUSED_ISDIR },
		{ unlink_at, "none", "", false, REFUSED_NOENT },
		{ unlink_at, "d", "", false, REFUSED_ISDIR },
		{ rmdir_at, "none", "", false, REFUSED_NOENT },
		{ rmdir_at, "f", "", false, REFUSED_NOTDIR },
		{ rmdir_at, "d", "", false, REFUSED_NOTEMPTY },
		{ rmdir_at, "lost+found", "", false, REFUSED_NOTEMPTY },
		{ link_at, "none", "x", false, REFUSED_NOENT },
		{ link_at, "d", "x", false, REFUSED_PERM },
		{ link_at, "f", "d", false, REFUSED_EXISTS },
		{ rename_at, "none", "x", false, REFUSED_NOENT },
		{ rename_at, "f", "d", false, REFUSED_ISDIR },
		{ rename_at, "empty", "f", false, REFUSED_NOTDIR },
		{ rename_at, "empty", "d", false, REFUSED_NOTEMPTY },
		{ rename_at, "lost+found", "x", false, REFUSED_BUSY },
		{ exchange_at, "f", "none", false, REFUSED_NOENT },
		{ exchange_at, "f", "f", false, REFUSED_INVAL },
		{ exchange_at, "f", "lost+found", false, REFUSED_BUSY },
		{ exchange_at, "lost", "f", true, REFUSED_ACCESS },
		{ chmod_at, "none", "", false, REFUSED_NOENT },
		{ chmod_at, "lost+found", "", false, REFUSED_BUSY },
	};
	struct desk d;
	desk_begin(&d);
	lose(&d);
	make(&d, in(INO_ROOT, "f"), S_IFREG, "");
	make(&d, in(INO_ROOT, "empty"), S_IFDIR, "");
	make(&d, in(make(&d, in(INO_ROOT, "d"), S_IFDIR, ""), "x"), S_IFREG, "");
	publish(&d);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct spot where = in(cases[i].in_lost ? INO_LOST : INO_ROOT, cases[i].name);
		assert_int_equal(cases[i].act(&d, where, cases[i].to), cases[i].want);
		assert_int_equal(draft_records(&d.open)->n, 0);
	}
	desk_end(&d);
}

/* A directory does not go below itself, by whichever way it is named; what is in lost+found can be taken out. */
static void test_below_itself_and_out_of_lost(void **state)
{
	(void)state;
	struct desk d;
	enum refusal r;
	desk_begin(&d);
	lose(&d);
	uint64_t up = make(&d, in(INO_ROOT, "d"), S_IFDIR, "");
	uint64_t below = make(&d, in(up, "e"), S_IFDIR, "");
	struct spot from = in(INO_ROOT, "d"), to = in(below, "f"), lost = in(INO_LOST, "lost");
	ok(moves_rename(&d.a, &from, &to, NULL, &r));
	assert_int_equal(r, REFUSED_INVAL);
	ok(moves_rename(&d.a, &lost, &to, NULL, &r));
	assert_int_equal(r, REFUSED_NOT);
	assert_non_null(look(&d, to));
	assert_null(look(&d, in(INO_ROOT, "lost+found")));
	desk_end(&d);
}

static void test_written_again_beside_another(void **state)
{
	(void)state;
	struct desk d;
	enum refusal r;
	struct act_handle h;
	desk_begin(&d);
	uint64_t ino = make(&d, in(INO_ROOT, "f"), S_IFREG, "one");
	struct spot at_f = in(INO_ROOT, "f");
	ok(contents_open(&d.a, &at_f, &h, &r));
	struct link_rec l = link_of(ino, LID_FIRST, at(1, 1), "f"); /* removed by another device that saw all of it */
	l.is_removed = true;
	l.removed = (struct removal){ .stamp = at(2, 2), .written = at(2, 2) };
	assert_true(version_set_add(&l.removed.seen, h.version));
	ok(draft_put_link(&d.open, &l));
	link_rec_free(&l);
	act_changed(&d.a);
	make(&d, at_f, S_IFREG, "other");
	struct act_contents c = text("two");
	ok(contents_write_handle(&d.a, &h, &c, &(struct act_attrs){ NULL, 0 }, &r));
	assert_int_equal(r, REFUSED_NOENT);
	struct act_new n = { S_IFREG >> 12, &c, { NULL, 0 } };
	ok(names_create_again(&d.a, &h, &at_f, &n, &r));
	assert_int_equal(r, REFUSED_NOT);
	const struct tree_entry *e = look(&d, in(INO_ROOT, "f (conflict desk 2023-11-14 22.13.20)"));
	assert_non_null(e);
	assert_int_equal(e->ino, h.ino);
	assert_ptr_equal(handles_of(&d.a, h.ino), &h); /* who removes it tells this handle */
	contents_close(&h);
	desk_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_write_brings_attributes),
		cmocka_unit_test(test_root_is_handed_on_for_a_day),
		cmocka_unit_test(test_what_is_published_first_begins_the_branch),
		cmocka_unit_test(test_xattr_goes),
		cmocka_unit_test(test_born_and_gone_is_forgotten),
		cmocka_unit_test(test_refusals_write_nothing),
		cmocka_unit_test(test_below_itself_and_out_of_lost),
		cmocka_unit_test(test_written_again_beside_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
