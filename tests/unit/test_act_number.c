/* SPDX-License-Identifier: MIT
 * Operations on numbers, and what is written along with a change of names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/act_util.h"
#include "vault/act/moves.h"

static const struct tree_entry *by_number(struct desk *d, uint64_t number)
{
	const struct tree_entry *e = NULL;
	ok(act_by_number(&d->a, number, &e));
	return e;
}

static uint64_t number_of(struct desk *d, const struct tree_entry *e)
{
	const struct tree *t;
	uint64_t number = 0;
	ok(act_tree(&d->a, &t));
	ok(tree_number_of(t, e, &number));
	return number;
}

static enum refusal chmod_number(struct desk *d, uint64_t number)
{
	cleanup(buf_free) struct buf mode = BUF_INIT;
	enum refusal r;
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0600 });
	ok(attrs_set_number(&d->a, number, &(struct act_attrs){ &(struct act_attr){ ATTR_MODE, buf_span(&mode) }, 1 },
	                    &r));
	return r;
}

static bool has_mode(struct desk *d, uint64_t ino)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	ok(shared_inode(act_shown(&d->a), ino, &s));
	return s.head.attr[ATTR_MODE].there;
}

/* Another device says: a file like this, at f. */
static void other_file(struct desk *d, uint64_t ino, uint64_t lamport, const char *s)
{
	struct link_rec l = link_of(ino, LID_FIRST, at(lamport, 2), "f");
	struct version_rec v = version_of(ino, vid(lamport, 2, (uint8_t)*s), s);
	ok(draft_put_head(&d->open,
	                  &(struct inode_head){ .ino = ino, .type = S_IFREG >> 12, .birth = { { (uint8_t)ino } } }));
	ok(draft_put_link(&d->open, &l));
	ok(draft_put_version(&d->open, &v));
	version_rec_free(&v);
	publish(d);
}

static void test_numbers(void **state)
{
	(void)state;
	struct desk d;
	enum refusal r;
	desk_begin(&d);
	uint64_t dir = make(&d, in(INO_ROOT, "d"), S_IFDIR, ""), file = make(&d, in(dir, "f"), S_IFREG, "x");
	assert_null(by_number(&d, INO_ROOT));
	assert_ptr_equal(by_number(&d, dir), look(&d, in(INO_ROOT, "d")));
	assert_ptr_equal(by_number(&d, file), look(&d, in(dir, "f")));
	assert_int_equal(chmod_number(&d, INO_ROOT), REFUSED_NOT);
	assert_int_equal(chmod_number(&d, dir), REFUSED_NOT);
	assert_int_equal(chmod_number(&d, file), REFUSED_NOT);
	assert_true(has_mode(&d, INO_ROOT) && has_mode(&d, dir) && has_mode(&d, file));
	struct act_contents c = text("y");
	ok(contents_write_number(&d.a, dir, &c, &(struct act_attrs){ NULL, 0 }, &r));
	assert_int_equal(r, REFUSED_ISDIR);
	ok(contents_write_number(&d.a, file, &c, &(struct act_attrs){ NULL, 0 }, &r));
	assert_int_equal(look(&d, in(dir, "f"))->version->id.tag.b[0], 'y');
	struct spot f = in(dir, "f");
	ok(names_unlink(&d.a, &f, NULL, &r));
	const struct tree_entry *e;
	assert_int_equal(act_by_number(&d.a, file, &e), ERR_NOTFOUND);
	assert_int_equal(chmod_number(&d, file), REFUSED_NOENT);
	desk_end(&d);
}

static void test_number_of_a_sibling_is_that_of_its_split(void **state)
{
	(void)state;
	struct desk d;
	enum refusal r;
	struct spot f = in(INO_ROOT, "f"), sibling = { .dir = INO_ROOT };
	desk_begin(&d);
	uint64_t file = make(&d, f, S_IFREG, "one");
	publish(&d);
	struct version_rec v =
	        version_of(file, vid(9, 2, 't'), "two"); /* another device's, beside the one that is there */
	ok(draft_put_version(&d.open, &v));
	version_rec_free(&v);
	publish(&d);
	const struct tree *t;
	const struct tree_dir *root;
	ok(act_tree(&d.a, &t));
	ok(tree_dir(t, INO_ROOT, &root));
	assert_int_equal(root->children_n, 2);
	const struct tree_entry *e = root->children[root->children[1]->sibling];
	assert_true(e->sibling);
	uint64_t number = number_of(&d, e);
	assert_ptr_equal(by_number(&d, number), e);
	sibling.name = (struct name){ .len = (uint8_t)e->name.len };
	memcpy(sibling.name.b, e->name.p, e->name.len);
	struct act_handle h;
	ok(contents_open_number(&d.a, number, &h, &r));
	assert_int_equal(chmod_number(&d, number), REFUSED_NOT);
	assert_int_equal(look(&d, sibling)->ino, number);
	assert_int_equal(h.ino, number);
	assert_true(has_mode(&d, number) && !has_mode(&d, file));
	contents_close(&h);
	desk_end(&d);
}

/* The sibling of what has the name. */
static const struct tree_entry *sibling(struct desk *d)
{
	const struct tree *t;
	const struct tree_dir *root;
	ok(act_tree(&d->a, &t));
	ok(tree_dir(t, INO_ROOT, &root));
	assert_int_equal(root->children_n, 2);
	return root->children[root->children[1]->version->id.tag.b[0] == 'o'];
}

/* "one", this device's, at f; and another device's "two", which has the name. */
static uint64_t two_versions(struct desk *d)
{
	uint64_t file = make(d, in(INO_ROOT, "f"), S_IFREG, "one");
	publish(d);
	struct version_rec v = version_of(file, vid(9, 2, 't'), "two");
	ok(draft_put_version(&d->open, &v));
	version_rec_free(&v);
	publish(d);
	d->a.lamport = 20;
	return file;
}

static uint8_t shown_at(struct desk *d, uint64_t number)
{
	return by_number(d, number)->version->id.tag.b[0];
}

static void write_through(struct desk *d, struct act_handle *h, const char *s)
{
	enum refusal r;
	struct act_contents c = text(s);
	ok(contents_write_handle(&d->a, h, &c, &(struct act_attrs){ NULL, 0 }, &r));
	assert_int_equal(r, REFUSED_NOT);
	publish(d);
}

static void test_writing_an_open_sibling_leaves_the_name(void **state)
{
	(void)state;
	struct desk d;
	enum refusal r;
	struct act_handle h;
	desk_begin(&d);
	uint64_t file = two_versions(&d), copy = number_of(&d, sibling(&d));
	d.a.stream = 3; /* to whom both are others' */
	ok(contents_open_number(&d.a, copy, &h, &r));
	write_through(&d, &h, "new");
	assert_int_equal(shown_at(&d, file), 't');
	assert_int_equal(shown_at(&d, copy), 'n');
	assert_int_equal(by_number(&d, copy)->ino, copy);
	contents_close(&h);
	desk_end(&d);
}

static void test_a_version_that_is_open_as_two_files_loses_neither(void **state)
{
	(void)state;
	struct desk d;
	enum refusal r;
	struct act_handle h, g;
	desk_begin(&d);
	uint64_t file = make(&d, in(INO_ROOT, "f"), S_IFREG, "one");
	ok(contents_open_number(&d.a, file, &h, &r));
	publish(&d);
	struct version_rec v = version_of(file, vid(9, 2, 't'), "two");
	ok(draft_put_version(&d.open, &v));
	version_rec_free(&v);
	publish(&d);
	d.a.lamport = 20;
	uint64_t copy = number_of(&d, sibling(&d));
	ok(contents_open_number(&d.a, copy, &g, &r));
	write_through(&d, &h, "by the name");
	write_through(&d, &g, "as the copy");
	const struct tree *t;
	const struct tree_file *f;
	ok(act_tree(&d.a, &t));
	ok(tree_file(t, copy, &f));
	assert_int_equal(f->shown_n, 2);
	assert_int_equal(f->versions[0].id.tag.b[0], 'a');
	assert_int_equal(f->versions[1].id.tag.b[0], 'b');
	assert_int_equal(shown_at(&d, file), 't');
	contents_close(&h);
	contents_close(&g);
	desk_end(&d);
}

static void test_what_is_hidden_has_its_number(void **state)
{
	(void)state;
	struct desk d;
	enum refusal r;
	desk_begin(&d);
	uint64_t mine = make(&d, in(INO_ROOT, "f"), S_IFREG, "same");
	publish(&d);
	other_file(&d, 70, 9, "same");
	assert_int_equal(by_number(&d, mine)->ino, 70);
	assert_int_equal(chmod_number(&d, mine), REFUSED_NOT);
	assert_true(has_mode(&d, mine) && !has_mode(&d, 70));
	struct act_contents c = text("new");
	ok(contents_write_number(&d.a, mine, &c, &(struct act_attrs){ NULL, 0 }, &r));
	assert_int_equal(r, REFUSED_NOT);
	assert_int_equal(by_number(&d, mine)->ino, mine);
	assert_int_equal(by_number(&d, mine)->version->id.tag.b[0], 'n');
	assert_int_equal(by_number(&d, 70)->version->id.tag.b[0], 's');
	desk_end(&d);
}

/* Times that are written with it. */
struct along {
	struct buf value[4];
	struct act_attr attr[4];
	struct act_attrs attrs[4];
	struct act_along along;
};

static void along_set(struct along *l)
{
	*l = (struct along){ 0 };
	for (uint32_t i = 0; i < 4; i++) {
		attr_put_time(&l->value[i], (struct attr_time){ 1, i });
		l->attr[i] = (struct act_attr){ ATTR_MTIME, buf_span(&l->value[i]) };
		l->attrs[i] = (struct act_attrs){ &l->attr[i], 1 };
	}
	l->along = (struct act_along){ &l->attrs[0], &l->attrs[1], &l->attrs[2], &l->attrs[3] };
}

static void along_free(struct along *l)
{
	for (size_t i = 0; i < 4; i++)
		buf_free(&l->value[i]);
}

/* Its time: nanoseconds; -1: none. stamp: with which it was written. */
static int time_of(struct desk *d, uint64_t ino, struct stamp stamp)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	struct attr_time t = { 0, 0 };
	ok(shared_inode(act_shown(&d->a), ino, &s));
	const struct attr *m = &s.head.attr[ATTR_MTIME];
	if (!m->there || stamp_cmp(m->stamp, stamp))
		return -1;
	assert_true(attr_get_time(buf_span(&m->value), &t));
	return (int)t.nsec;
}

static void test_times_are_written_along(void **state)
{
	(void)state;
	cleanup(along_free) struct along l;
	struct desk d;
	enum refusal r;
	desk_begin(&d);
	along_set(&l);
	uint64_t one = make(&d, in(INO_ROOT, "1"), S_IFDIR, ""), two = make(&d, in(INO_ROOT, "2"), S_IFDIR, ""), ino;
	struct act_contents c = text("x");
	struct act_new n = { S_IFREG >> 12, &c, { NULL, 0 }, &l.attrs[0] };
	struct spot f = in(one, "f"), g = in(two, "g"), h = in(one, "h");
	ok(names_create(&d.a, &f, &n, &ino, &r));
	struct stamp now = { d.a.lamport, d.a.stream, d.a.n };
	assert_int_equal(time_of(&d, one, now), 0);
	assert_int_equal(time_of(&d, ino, now), -1);
	uint64_t other = make(&d, g, S_IFREG, "y");
	ok(moves_exchange(&d.a, &f, &g, &l.along, &r));
	now.lamport = d.a.lamport;
	assert_int_equal(time_of(&d, one, now), 0);
	assert_int_equal(time_of(&d, two, now), 1);
	assert_int_equal(time_of(&d, ino, now), 2);
	assert_int_equal(time_of(&d, other, now), 3);
	ok(names_link(&d.a, &g, &h, &l.along, &r));
	now.lamport = d.a.lamport;
	assert_int_equal(time_of(&d, one, now), 0);
	assert_int_equal(time_of(&d, two, now), -1);
	assert_int_equal(time_of(&d, ino, now), 2);
	ok(moves_rename(&d.a, &f, &g, &l.along, &r));
	now.lamport = d.a.lamport;
	assert_int_equal(time_of(&d, one, now), 0);
	assert_int_equal(time_of(&d, two, now), 1);
	assert_int_equal(time_of(&d, other, now), 2);
	assert_int_equal(time_of(&d, ino, now), 3);
	ok(names_unlink(&d.a, &h, &l.along, &r));
	now.lamport = d.a.lamport;
	assert_int_equal(time_of(&d, one, now), 0);
	struct spot at_one = in(INO_ROOT, "1");
	ok(names_rmdir(&d.a, &at_one, &l.along, &r));
	assert_int_equal(r, REFUSED_NOT);
	now.lamport = d.a.lamport;
	assert_int_equal(time_of(&d, INO_ROOT, now), 0);
	desk_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_number_of_a_sibling_is_that_of_its_split),
		cmocka_unit_test(test_writing_an_open_sibling_leaves_the_name),
		cmocka_unit_test(test_a_version_that_is_open_as_two_files_loses_neither),
		cmocka_unit_test(test_what_is_hidden_has_its_number),
		cmocka_unit_test(test_times_are_written_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
