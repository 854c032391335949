/* SPDX-License-Identifier: MIT
 * Operations on what lies in the map come to the same as a draft in memory that says all of it.
 */
#include "changeset_util.h"

#include "cache/base_mem.h"

/* The same beside the map: what is below, and one draft over it. */
struct table {
	struct records below;
	struct view view;
	struct draft draft;
};

static void table_begin(struct table *t)
{
	t->below = RECORDS_INIT;
	t->view = records_view(&t->below);
	draft_begin(&t->draft, &t->view);
}

static void table_end(struct table *t)
{
	draft_end(&t->draft);
	records_free(&t->below);
}

static void same_said(struct changeset *c, struct table *t)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	collect(&c->open->view, SPAN(NULL, 0), SPAN(NULL, 0), &said);
	same_tables(&said, draft_records(&t->draft));
}

/* operate: some things at once, on both. */
static void operate(struct changeset *c, struct table *t, uint64_t *seed)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	operation_begin(&o, c);
	for (unsigned i = 1 + pick(seed, 5); i; i--) {
		uint64_t again = *seed;
		struct stamp at = changeset_tick(c);
		ok(say_something(&again, &t->draft, at));
		ok(say_something(seed, &o.draft, at));
		assert_true(again == *seed);
	}
	same_views(draft_view(&o.draft), draft_view(&t->draft), seed);
	ok(operation_apply(&o, b));
	operation_end(&o);
}

/* begin_below: what others and earlier changesets said, published and closed. */
static void begin_below(struct changeset *c, struct table *t, uint64_t *seed)
{
	cleanup(records_free) struct records published = RECORDS_INIT, closed = RECORDS_INIT;
	struct view p = records_view(&published);
	struct draft d;
	draft_begin(&d, NULL);
	for (uint64_t i = 1; i < 20; i++)
		ok(say_something(seed, &d, at(i, THEM)));
	ok(join_into(&published, draft_records(&d)));
	draft_end(&d);
	draft_begin(&d, &p);
	for (uint64_t i = 20; i < 30; i++)
		ok(say_something(seed, &d, at(i, US)));
	ok(records_add_all(&closed, draft_records(&d)));
	draft_end(&d);
	put_published(c->map, &published);
	put_said(c->map, c->closed, &closed);
	ok(records_add_all(&t->below, &published));
	ok(join_into(&t->below, &closed));
	struct changeset_state s = c->recorded;
	s.n = 2;
	changeset_recorded(c, &s);
	changeset_saw(c, 100);
}

static void one_round(uint64_t *seed, enum kind kind)
{
	cleanup(changeset_freep) struct changeset *c = NULL;
	struct place place;
	struct table t;
	place_make(&place, kind);
	struct map *m = place_open(&place);
	ok(changeset_open(m, US, &c));
	table_begin(&t);
	begin_below(c, &t, seed);
	for (unsigned i = 0; i < 25; i++) {
		operate(c, &t, seed);
		same_said(c, &t);
		same_views(changeset_shown(c), draft_view(&t.draft), seed);
	}
	table_end(&t);
	changeset_freep(&c);
	ok(map_close(m));
	place_remove(&place);
}

static void operations_are_a_draft(void **state)
{
	(void)state;
	uint64_t seed = random_seed();
	for (unsigned i = random_rounds(15, 2000); i; i--)
		one_round(&seed, FAKE);
	one_round(&seed, DISK);
}

/* What is written twice in a changeset is dropped at the second time, also when a mount lies between. */
static void an_own_version_is_dropped_by_a_later_operation(void **state)
{
	(void)state;
	struct place place;
	place_make(&place, DISK);
	struct version_id last = { 0 };
	for (unsigned i = 0; i < 3; i++) {
		cleanup(changeset_freep) struct changeset *c = NULL;
		cleanup(batch_freep) struct batch *b = batch_new();
		cleanup(version_list_free) struct version_list list = { 0 };
		struct operation o;
		struct map *m = place_open(&place);
		ok(changeset_open(m, US, &c));
		struct version_rec v = version_of(10, (struct version_id){ changeset_tick(c), { { 1 } } }, "contents");
		operation_begin(&o, c);
		if (i)
			ok(draft_drop_version(&o.draft, 10, last));
		ok(draft_put_version(&o.draft, &v));
		last = v.id;
		version_rec_free(&v);
		ok(operation_apply(&o, b));
		operation_end(&o);
		ok(shared_versions(changeset_shown(c), 10, &list));
		assert_int_equal(list.n, 1);
		assert_int_equal(version_id_cmp(list.v[0].id, last), 0);
		changeset_freep(&c);
		ok(map_close(m));
	}
	place_remove(&place);
}

/* -- lamport ----------------------------------------------------------------------------------------------------- */

static void say_stamp(struct changeset *c, struct stamp *ret)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf mode = BUF_INIT;
	struct operation o;
	*ret = changeset_tick(c);
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0600 });
	operation_begin(&o, c);
	ok(draft_put_attr(&o.draft, 10, ATTR_MODE, *ret, buf_span(&mode)));
	ok(operation_apply(&o, b));
	operation_end(&o);
}

static void stamps_rise_over_mounts_and_few_of_them_cost_a_write(void **state)
{
	(void)state;
	struct place place;
	struct stamp last = { 0 }, s;
	place_make(&place, FAKE);
	struct base *base, *copy;
	ok(base_mem_open(&base));
	place.config.base = base;
	for (unsigned mount = 0; mount < 4; mount++) {
		cleanup(changeset_freep) struct changeset *c = NULL;
		struct map *m = place_open(&place);
		ok(changeset_open(m, US, &c));
		unsigned writes = 0;
		for (unsigned i = 0; i < 5000; i++) {
			uint64_t before = c->recorded.lamport;
			say_stamp(c, &s);
			assert_true(s.stream == US && s.n == 1 && stamp_cmp(s, last) > 0);
			assert_true(s.lamport <= c->recorded.lamport);
			last = s;
			writes += c->recorded.lamport != before;
		}
		assert_in_range(writes, 1, 2);
		changeset_saw(c, last.lamport + (mount == 2 ? 1000000 : 0)); /* a commit of others, not applied */
		ok(map_commit(m));
		ok(base_mem_copy(base, &copy));
		changeset_freep(&c);
		ok(map_close(m));
		place.config.base = base = copy;
	}
	base_freep(&base);
}

/* Each durable state, as a crash leaves it, allows the stamps that are in it. */
struct crash {
	struct base *base;
	struct place place;
	unsigned seen;
};

static void look(void *ctx)
{
	struct crash *x = ctx;
	cleanup(changeset_freep) struct changeset *c = NULL;
	cleanup(shared_inode_free) struct shared_inode in = { 0 };
	struct place p = x->place;
	ok(base_mem_copy(x->base, &p.config.base));
	struct map *m = place_open(&p);
	ok(changeset_open(m, US, &c));
	err_t e = shared_inode(changeset_shown(c), 10, &in);
	if (!e) {
		assert_true(changeset_tick(c).lamport > in.head.attr[ATTR_MODE].stamp.lamport);
		x->seen++;
	}
	changeset_freep(&c);
	ok(map_close(m));
}

static void a_crash_leaves_no_stamp_to_be_given_again(void **state)
{
	(void)state;
	struct crash x = { .seen = 0 };
	cleanup(changeset_freep) struct changeset *c = NULL;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	place_make(&x.place, FAKE);
	struct place p = x.place;
	ok(base_mem_open(&x.base));
	base_mem_on_commit(x.base, &(struct base_mem_hook){ NULL, look, &x });
	p.config.base = x.base;
	p.config.commit_ms = 1000000;
	struct map *m = place_open(&p);
	ok(changeset_open(m, US, &c));
	operation_begin(&o, c);
	struct link_rec l = link_of(10, LID_FIRST, changeset_tick(c), "a");
	ok(draft_put_head(&o.draft, &(struct inode_head){ .ino = 10, .type = 8, .birth = { { 1 } } }));
	ok(draft_put_link(&o.draft, &l));
	ok(operation_apply(&o, b));
	operation_end(&o);
	for (unsigned i = 0; i < 30; i++) {
		struct stamp s;
		for (unsigned k = 0; k < 1000; k++)
			say_stamp(c, &s);
		ok(map_commit(m));
	}
	assert_true(x.seen >= 15);
	changeset_freep(&c);
	base_mem_on_commit(x.base, &(struct base_mem_hook){ 0 });
	ok(map_close(m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_are_a_draft),
		cmocka_unit_test(an_own_version_is_dropped_by_a_later_operation),
		cmocka_unit_test(stamps_rise_over_mounts_and_few_of_them_cost_a_write),
		cmocka_unit_test(a_crash_leaves_no_stamp_to_be_given_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
