/* SPDX-License-Identifier: MIT
 * What was made and is gone is not published, and a close looks only at what may be that.
 */
#include "tests/unit/work_desk.h"

static void made_and_gone_is_not_published(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	make(&d, INO_ROOT, "file", "text");
	unlink_it(&d, INO_ROOT, "file");
	assert_int_equal(changeset_close(work_changeset(d.w), work_closing(d.w)), ERR_NOTFOUND);
	uint64_t ino = make(&d, INO_ROOT, "other", "text");
	publish(&d);
	unlink_it(&d, INO_ROOT, "other");
	publish(&d);
	assert_int_equal(shows(&d, INO_ROOT, "other"), 0);
	struct shared_inode s = { 0 };
	ok(shared_inode(work_view(d.w), ino, &s));
	assert_true(s.link.is_removed);
	shared_inode_free(&s);
	desk_end(&d);
}

struct counted { /* what is shown, and how often it was asked */
	struct view of;
	size_t gets;
};

/* no_close: what was made and is gone is forgotten, and then the close does not happen. */
static err_t no_close(void *ctx, struct changeset *c, struct batch *b)
{
	const struct closing *with = ctx;
	err_t e = with->last(with->ctx, c, b);
	return e ? e : ERR_NOMEM;
}

static void what_goes_after_a_close_that_was_none_is_not_published(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	make(&d, INO_ROOT, "file", "text");
	const struct closing with = { no_close, (void *)(uintptr_t)work_closing(d.w) };
	assert_int_equal(changeset_close(work_changeset(d.w), &with), ERR_NOMEM);
	unlink_it(&d, INO_ROOT, "file");
	assert_int_equal(changeset_close(work_changeset(d.w), work_closing(d.w)), ERR_NOTFOUND);
	desk_end(&d);
}

static void what_goes_after_a_start_is_not_published(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	make(&d, INO_ROOT, "file", "text");
	desk_close(&d);
	desk_open(&d);
	unlink_it(&d, INO_ROOT, "file");
	assert_int_equal(changeset_close(work_changeset(d.w), work_closing(d.w)), ERR_NOTFOUND);
	desk_end(&d);
}

static err_t count_get(void *ctx, struct span key, struct buf *out)
{
	struct counted *c = ctx;
	c->gets++;
	return c->of.get(c->of.ctx, key, out);
}

static err_t count_scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	const struct counted *c = ctx;
	return c->of.scan(c->of.ctx, prefix, from, fn, arg);
}

/* Everybody waits for it: what is said is not looked through for each that is gone. */
static void many_that_are_gone_are_looked_for_once(void **state)
{
	enum { FILES = 200 };
	struct desk d;
	struct work_op op;
	enum refusal refusal;
	uint64_t ino;
	(void)state;
	desk_begin(&d);
	ok(work_begin(d.w, &op));
	for (unsigned i = 0; i < FILES; i++) {
		char name[12];
		snprintf(name, sizeof(name), "f%u", i);
		struct spot at = spot_at(INO_ROOT, name);
		ok(say_new(&op, &at, "text", &ino));
		if (i % 2)
			ok(names_unlink(op.act, &at, NULL, &refusal));
	}
	struct view *shown = &op.act->open->view;
	struct counted c = { .of = *shown };
	*shown = (struct view){ count_get, count_scan, &c };
	ok(unborn_forget(op.act, NULL, NULL));
	*shown = c.of;
	assert_true(c.gets < FILES * 10);
	ok(work_apply(&op));
	work_end(&op);
	publish(&d);
	assert_int_equal(shows(&d, INO_ROOT, "f1"), 0);
	assert_true(shows(&d, INO_ROOT, "f2") != 0);
	desk_end(&d);
}

/* forget_cost: what is read of what the changeset says, before a close. */
static size_t forget_cost(struct desk *d)
{
	struct view *said = &work_changeset(d->w)->open->view;
	struct counted c = { .of = *said };
	struct work_op op;
	ok(work_begin(d->w, &op));
	*said = (struct view){ count_get, count_scan, &c };
	ok(work_forget(&op, NULL));
	*said = c.of;
	ok(work_apply(&op));
	work_end(&op);
	return c.gets;
}

/* Everybody waits for it: files that were made and are there cost nothing, nor do published ones that went. */
static void a_close_looks_at_what_went_alone(void **state)
{
	enum { FILES = 100 };
	struct desk d;
	char name[12];
	(void)state;
	desk_begin(&d);
	make(&d, INO_ROOT, "published", "text");
	publish(&d);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		make(&d, INO_ROOT, name, "text");
	}
	assert_int_equal(forget_cost(&d), 0);
	unlink_it(&d, INO_ROOT, "published");
	assert_true(forget_cost(&d) < 10);
	unlink_it(&d, INO_ROOT, "f1");
	assert_true(forget_cost(&d) > FILES); /* it is told by all that names it might stand in */
	assert_true(forget_cost(&d) < 10);
	desk_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_and_gone_is_not_published),
		cmocka_unit_test(what_goes_after_a_close_that_was_none_is_not_published),
		cmocka_unit_test(what_goes_after_a_start_is_not_published),
		cmocka_unit_test(many_that_are_gone_are_looked_for_once),
		cmocka_unit_test(a_close_looks_at_what_went_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
