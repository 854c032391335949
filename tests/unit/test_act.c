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

#include "tests/unit/join_util.h"
#include "vault/act/moves.h"
#include "vault/act/names.h"
#include "vault/act/unborn.h"

#include <sys/stat.h>

/* One device; its time is `now`. */
struct desk {
	struct records base;
	struct view base_view;
	struct draft open;
	struct act_numbers numbers;
	struct act a;
	int64_t now;
};

static err_t next_ino(void *ctx, struct stamp s, uint64_t *ret_ino, struct id *ret_birth)
{
	(void)ctx;
	*ret_ino = 100 + s.lamport;
	*ret_birth = (struct id){ { (uint8_t)s.lamport } };
	return ERR_OK;
}

static err_t next_lid(void *ctx, struct stamp s, uint64_t *ret_lid)
{
	(void)ctx;
	*ret_lid = 100 + s.lamport;
	return ERR_OK;
}

static int64_t now(void *ctx, struct stamp s)
{
	const struct desk *d = ctx;
	(void)s;
	return d->now;
}

static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	(void)root;
	conflict_who(span_str("desk"), time, out);
}
static const struct tree_naming naming = { .who = who };

static void desk_begin(struct desk *d)
{
	*d = (struct desk){ .now = 1700000000 };
	struct draft genesis;
	draft_begin(&genesis, NULL);
	ok(draft_put_head(&genesis, &(struct inode_head){ .ino = INO_ROOT, .type = S_IFDIR >> 12 }));
	ok(join_into(&d->base, draft_records(&genesis)));
	draft_end(&genesis);
	d->base_view = records_view(&d->base);
	draft_begin(&d->open, &d->base_view);
	d->numbers = (struct act_numbers){ next_ino, next_lid, now, d };
	d->a = (struct act){ .base = &d->base_view, .open = &d->open, .naming = &naming, .numbers = &d->numbers };
	d->a.stream = 1;
	d->a.n = 1;
	d->a.renew = ACT_RENEW;
}

static void desk_end(struct desk *d)
{
	act_free(&d->a);
	draft_end(&d->open);
	records_free(&d->base);
}

/* What is open is published. */
static void publish(struct desk *d)
{
	ok(join_into(&d->base, draft_records(&d->open)));
	draft_end(&d->open);
	draft_begin(&d->open, &d->base_view);
	d->a.n++;
	act_changed(&d->a);
}

static struct spot in(uint64_t dir, const char *name)
{
	return (struct spot){ dir, name_of(name) };
}

static struct act_contents text(const char *s)
{
	struct act_contents c = { *s ? CONTENTS_INLINE : CONTENTS_NONE, strlen(s), ID_ZERO, span_str(s) };
	c.tag.b[0] = (uint8_t)*s;
	return c;
}

static uint64_t make(struct desk *d, struct spot at, mode_t type, const char *s)
{
	uint64_t ino = 0;
	enum refusal r;
	struct act_contents c = text(s);
	struct act_new n = { (uint8_t)(type >> 12), type == S_IFDIR ? NULL : &c, { NULL, 0 } };
	ok(names_create(&d->a, &at, &n, &ino, &r));
	assert_int_equal(r, REFUSED_NOT);
	return ino;
}

static const struct tree_entry *look(struct desk *d, struct spot at)
{
	const struct tree *t;
	const struct tree_entry *e = NULL;
	ok(act_tree(&d->a, &t));
	err_t r = tree_lookup(t, at.dir, SPAN(at.name.b, at.name.len), &e);
	assert_true(r == ERR_OK || r == ERR_NOTFOUND);
	return e;
}

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
	ok(unborn_forget(&d.a));
	assert_int_equal(draft_records(&d.open)->n, 0);
	desk_end(&d);
}

/* -- by number, and along ------------------------------------------------------------------------------------------ */

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
	contents_close(&d.a, &h);
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
	contents_close(&d.a, &h);
	desk_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_write_brings_attributes),
		cmocka_unit_test(test_root_is_handed_on_for_a_day),
		cmocka_unit_test(test_xattr_goes),
		cmocka_unit_test(test_born_and_gone_is_forgotten),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_number_of_a_sibling_is_that_of_its_split),
		cmocka_unit_test(test_what_is_hidden_has_its_number),
		cmocka_unit_test(test_times_are_written_along),
		cmocka_unit_test(test_refusals_write_nothing),
		cmocka_unit_test(test_below_itself_and_out_of_lost),
		cmocka_unit_test(test_written_again_beside_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
