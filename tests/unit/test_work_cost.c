/* SPDX-License-Identifier: MIT
 * What operations and questions cost, counted as reads: of what is published, of what the open changeset says, and of
 * the local records of what is shown. Each of them is a search in the map, and in the base a record that is opened. Of
 * plain files: one link, one version, no conflict; in a folder of which the changeset says something already.
 */
#include "tests/unit/cache_util.h"
#include "tests/unit/join_util.h"
#include "vault/act/moves.h"
#include "vault/act/names.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/publish.h"
#include "vault/work/ask.h"
#include "vault/work/kept.h"
#include "vault/work/operate.h"
#include "vault/work/parts.h"

#define US UINT64_C(0xa)
#define FILES 4

struct counted { /* a view that counts */
	struct view of;
	size_t reads; /* gets and scans */
};

static err_t get_counted(void *ctx, struct span key, struct buf *out)
{
	struct counted *c = ctx;
	c->reads++;
	return c->of.get(c->of.ctx, key, out);
}

static err_t scan_counted(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	struct counted *c = ctx;
	c->reads++;
	return c->of.scan(c->of.ctx, prefix, from, fn, arg);
}

static void count(struct counted *c, struct view *v)
{
	*c = (struct counted){ .of = *v };
	*v = (struct view){ get_counted, scan_counted, c };
}

struct desk {
	struct place place;
	struct map *map;
	struct namehash *hash;
	struct work *w;
	uint64_t folder, files[FILES];
	struct buf time;
	struct act_attr attr;
	struct counted published, below, said, local;
};

static struct spot in_folder(const struct desk *d, const char *name)
{
	return (struct spot){ d->folder ? d->folder : INO_ROOT, name_of(name) };
}

static uint64_t create(struct desk *d, const char *name, uint8_t type)
{
	const struct act_attrs attrs = { &d->attr, 1 };
	const struct act_contents c = { .kind = CONTENTS_NONE };
	const struct act_new n = { type, type == 8 ? &c : NULL, attrs, d->folder ? &attrs : NULL };
	const struct spot at = in_folder(d, name);
	struct work_op op;
	enum refusal refusal;
	uint64_t ino;
	ok(work_begin(d->w, &op));
	ok(names_create(op.act, &at, &n, &ino, &refusal));
	ok(work_apply(&op));
	work_end(&op);
	return ino;
}

static void chmod_it(struct desk *d, struct work_op *op, enum refusal *refusal)
{
	ok(attrs_set_number(op->act, d->files[0], &(struct act_attrs){ &d->attr, 1 }, refusal));
}

static void write_it(struct desk *d, struct work_op *op, enum refusal *refusal)
{
	const struct act_contents c = { CONTENTS_INLINE, 1, { { 7 } }, span_str("x") };
	ok(contents_write_number(op->act, d->files[1], &c, &(struct act_attrs){ &d->attr, 1 }, refusal));
}

/* What the changeset wrote is written again. */
static void write_again(struct desk *d, struct work_op *op, enum refusal *refusal)
{
	const struct act_contents c = { CONTENTS_INLINE, 1, { { 8 } }, span_str("y") };
	ok(contents_write_number(op->act, d->files[1], &c, &(struct act_attrs){ &d->attr, 1 }, refusal));
}

static void rename_it(struct desk *d, struct work_op *op, enum refusal *refusal)
{
	const struct act_attrs times = { &d->attr, 1 };
	const struct act_along along = { &times, NULL, &times, NULL };
	const struct spot from = in_folder(d, "2"), to = in_folder(d, "two");
	ok(moves_rename(op->act, &from, &to, &along, refusal));
}

static void unlink_it(struct desk *d, struct work_op *op, enum refusal *refusal)
{
	const struct act_attrs times = { &d->attr, 1 };
	const struct spot at = in_folder(d, "3");
	ok(names_unlink(op->act, &at, &(struct act_along){ .dir = &times }, refusal));
}

static void desk_begin(struct desk *d)
{
	static const uint8_t key[16] = { 3 };
	static const char *const names[FILES] = { "0", "1", "2", "3" };
	err_t e;
	*d = (struct desk){ .hash = namehash_new(key) };
	attr_put_time(&d->time, (struct attr_time){ 1700000000, 0 });
	d->attr = (struct act_attr){ ATTR_MTIME, buf_span(&d->time) };
	place_make(&d->place, FAKE);
	d->map = place_open(&d->place);
	ok(work_open(&(struct work_config){ .map = d->map, .stream = US, .hash = d->hash }, &d->w));
	d->folder = create(d, "folder", 4);
	for (size_t i = 0; i < FILES; i++)
		d->files[i] = create(d, names[i], 8);
	ok(changeset_close(work_changeset(d->w), work_closing(d->w)));
	while (!(e = changeset_publish(work_changeset(d->w), PUBLISH_PART, NULL)))
		;
	assert_int_equal(e, ERR_NOTFOUND);
	(void)create(d, "new", 8);
	struct changeset *c = work_changeset(d->w);
	count(&d->published, &c->shown.published);
	count(&d->below, &c->below.published);
	count(&d->said, &c->open->view);
	count(&d->local, &d->w->local);
}

static void desk_end(struct desk *d)
{
	struct changeset *c = work_changeset(d->w);
	c->open->view = d->said.of;
	work_freep(&d->w);
	ok(map_close(steal_ptr(d->map)));
	namehash_freep(&d->hash);
	place_remove(&d->place);
	buf_free(&d->time);
}

/* cost: at most so many reads since the last time. */
static void cost(struct desk *d, const char *what, size_t published, size_t said, size_t local)
{
	const size_t is[] = { d->published.reads + d->below.reads, d->said.reads, d->local.reads };
	print_message("%-10s %2zu published, %2zu said, %2zu local\n", what, is[0], is[1], is[2]);
	assert_true(is[0] <= published && is[1] <= said && is[2] <= local);
	d->published.reads = d->below.reads = d->said.reads = d->local.reads = 0;
}

static void operate(struct desk *d, void (*what)(struct desk *, struct work_op *, enum refusal *))
{
	struct work_op op;
	enum refusal refusal;
	ok(work_begin(d->w, &op));
	what(d, &op, &refusal);
	assert_int_equal(refusal, REFUSED_NOT);
	ok(work_apply(&op));
	work_end(&op);
}

static void operations_read_little(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	(void)create(&d, "another", 8);
	cost(&d, "create", 1, 1, 8);
	operate(&d, chmod_it);
	cost(&d, "chmod", 1, 0, 6);
	operate(&d, write_it);
	cost(&d, "write", 7, 0, 10);
	operate(&d, write_again);
	cost(&d, "again", 11, 8, 10);
	operate(&d, rename_it);
	cost(&d, "rename", 1, 1, 17);
	operate(&d, unlink_it);
	cost(&d, "unlink", 1, 1, 12);
	desk_end(&d);
}

static void questions_read_little(void **state)
{
	struct desk d;
	struct work_entry entry;
	struct work_number number;
	(void)state;
	desk_begin(&d);
	ok(work_lookup(d.w, d.folder, span_str("0"), &entry));
	cost(&d, "lookup", 1, 0, 6);
	ok(work_number(d.w, d.files[0], &number));
	cost(&d, "by number", 0, 0, 0);
	desk_end(&d);
}

/* ask: as a stat does. */
static void ask(struct desk *d, size_t published, size_t said, size_t local)
{
	struct work_entry entry;
	struct work_number number;
	unsigned names;
	ok(work_lookup(d->w, d->folder, span_str("0"), &entry));
	ok(work_number(d->w, entry.ino, &number));
	ok(work_names(d->w, entry.ino, &names));
	assert_int_equal(names, 1);
	cost(d, "asked", published, said, local);
}

static void what_was_read_is_read_again_when_something_changed(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	ask(&d, 1, 0, 6);
	ask(&d, 0, 0, 0);
	operate(&d, chmod_it);
	cost(&d, "chmod", 0, 0, 6);
	ask(&d, 0, 0, 6);
	desk_end(&d);
}

/* deliver_namesake: another device made a file of that name in the folder, too. */
static void deliver_namesake(struct desk *d, const char *name)
{
	const struct stamp at = { 5000, 0xb, 1 };
	struct link_rec l = link_of(77ull << 24, LID_FIRST, at, name);
	struct version_rec v = version_of(l.ino, (struct version_id){ at, { { 'm' } } }, "mine");
	struct draft said;
	l.where.at.dir = d->folder;
	draft_begin(&said, NULL);
	ok(draft_put_head(&said, &(struct inode_head){ .ino = l.ino, .type = 8, .birth = { { 9 } } }));
	ok(draft_put_link(&said, &l));
	ok(draft_put_version(&said, &v));
	ok(changeset_deliver(work_changeset(d->w),
	                     &(struct delivery){ draft_records(&said), 5000, NULL, work_follow(d->w) }));
	version_rec_free(&v);
	draft_end(&said);
}

/* deliver_version: another device wrote a file of which the changeset says something. */
static void deliver_version(struct desk *d, uint64_t ino)
{
	struct version_rec v = version_of(ino, (struct version_id){ { 5000, 0xb, 1 }, { { 'm' } } }, "mine");
	struct draft said;
	draft_begin(&said, NULL);
	ok(draft_put_version(&said, &v));
	ok(changeset_deliver(work_changeset(d->w),
	                     &(struct delivery){ draft_records(&said), 5000, NULL, work_follow(d->w) }));
	version_rec_free(&v);
	draft_end(&said);
}

/* However many of its records are asked for. */
static void a_delivery_works_a_file_out_once(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	operate(&d, write_it);
	d.published.reads = d.below.reads = d.said.reads = d.local.reads = 0;
	deliver_version(&d, d.files[1]);
	cost(&d, "delivery", 28, 9, 0);
	desk_end(&d);
}

/* A conflict name says whose a file is, and that is asked again; the rest is not. */
static void what_has_a_conflict_name_is_read_once(void **state)
{
	struct desk d;
	struct work_number number;
	(void)state;
	desk_begin(&d);
	deliver_namesake(&d, "0");
	d.published.reads = d.below.reads = d.said.reads = d.local.reads = 0;
	ok(work_number(d.w, d.files[0], &number));
	assert_true(d.published.reads > 0);
	d.published.reads = d.said.reads = d.local.reads = 0;
	ok(work_number(d.w, d.files[0], &number));
	assert_true(number.at.name.len > strlen("0 (conflict"));
	cost(&d, "conflict", 0, 0, 0);
	desk_end(&d);
}

static err_t forget_nothing(void *ctx)
{
	(void)ctx;
	return ERR_OK;
}

/* The sets are read in their order (vault/changeset/joined.h), which a close turns over. */
static void a_close_is_read_in_its_order(void **state)
{
	struct desk d;
	struct work_number number;
	(void)state;
	desk_begin(&d);
	work_on_close(d.w, &(struct work_forgetter){ forget_nothing, NULL });
	ok(work_number(d.w, d.files[0], &number));
	d.w->changeset->open->view = d.said.of;
	ok(changeset_close(work_changeset(d.w), work_closing(d.w)));
	ok(work_number(d.w, d.files[0], &number));
	assert_ptr_equal(d.w->kept->shown.joined.said[0], d.w->changeset->open);
	d.said.of = d.w->changeset->open->view;
	desk_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_read_little),
		cmocka_unit_test(questions_read_little),
		cmocka_unit_test(what_was_read_is_read_again_when_something_changed),
		cmocka_unit_test(what_has_a_conflict_name_is_read_once),
		cmocka_unit_test(a_delivery_works_a_file_out_once),
		cmocka_unit_test(a_close_is_read_in_its_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
