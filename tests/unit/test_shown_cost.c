/* SPDX-License-Identifier: MIT
 * What a question to a directory costs does not depend on how many conflicts are in there: counted is what is read.
 */
#include "tests/unit/tree_util.h"
#include "vault/join/draft.h"
#include "vault/join/place.h"
#include "vault/shown/asked.h"
#include "vault/shown/children.h"
#include "vault/shown/scratch.h"
#include "vault/shown/update.h"
#include "vault/tree/parts.h"

#define DIR 10
#define MANY 1000
#define FIRST 1000 /* inode of the first file; each conflict has two */

struct counted { /* a view that counts */
	const struct view *of;
	size_t reads; /* gets, scans, and what these visit */
	struct view view;
};

static err_t get_counted(void *ctx, struct span key, struct buf *out)
{
	struct counted *c = ctx;
	c->reads++;
	return c->of->get(c->of->ctx, key, out);
}

struct visiting {
	struct counted *c;
	view_visit fn;
	void *arg;
};

static err_t visit_counted(void *ctx, struct span key, struct span value)
{
	struct visiting *v = ctx;
	v->c->reads++;
	return v->fn(v->arg, key, value);
}

static err_t scan_counted(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	struct counted *c = ctx;
	struct visiting v = { c, fn, arg };
	c->reads++;
	return c->of->scan(c->of->ctx, prefix, from, visit_counted, &v);
}

struct vault {
	struct records state;
	struct namehash *hash;
	struct view view;
	struct counted reads;
	struct context c;
};

static void put_inode(struct draft *d, uint64_t ino, uint8_t type, struct spot where, uint64_t lamport)
{
	struct inode_head h = { .ino = ino, .type = type, .birth = { { (uint8_t)ino, (uint8_t)(ino >> 8) } } };
	struct link_rec l = place(ino, LID_FIRST, where, lamport);
	struct version_rec v = { .ino = ino, .id = { at(lamport), { { (uint8_t)lamport, (uint8_t)(lamport >> 8) } } } };
	v.root = v.id;
	assert_int_equal(draft_put_head(d, &h), ERR_OK);
	assert_int_equal(draft_put_link(d, &l), ERR_OK);
	if (type != TYPE_DIR)
		assert_int_equal(draft_put_version(d, &v), ERR_OK);
}

static struct name name_of(size_t i)
{
	struct name n;
	n.len = (uint8_t)snprintf(n.b, sizeof(n.b), "frame.%04zu.jpg", i);
	return n;
}

/* MANY names; `conflicts` of them twice, the last one among these. */
static void open_vault(struct vault *v, size_t conflicts)
{
	static const uint8_t key[16] = { 1 };
	cleanup(tree_freep) struct tree *t = NULL;
	struct draft d;
	*v = (struct vault){ 0 };
	v->hash = namehash_new(key);
	assert_non_null(v->hash);
	draft_begin(&d, NULL);
	assert_int_equal(draft_put_head(&d, &(struct inode_head){ .ino = INO_ROOT, .type = TYPE_DIR }), ERR_OK);
	put_inode(&d, DIR, TYPE_DIR, spot(INO_ROOT, "d"), 1);
	for (size_t i = 0; i < MANY; i++) {
		const struct spot where = { DIR, name_of(i) };
		put_inode(&d, FIRST + 2 * i, 8, where, 10 + 2 * i);
		if (i >= MANY - conflicts)
			put_inode(&d, FIRST + 2 * i + 1, 8, where, 11 + 2 * i);
	}
	assert_int_equal(records_add_all(&v->state, draft_records(&d)), ERR_OK);
	draft_end(&d);
	v->view = records_view(&v->state);
	assert_int_equal(tree_build(&v->view, &naming, &t), ERR_OK);
	assert_int_equal(scratch_shown(t, v->hash, &v->state), ERR_OK);
	v->reads.of = &v->view;
	v->reads.view = (struct view){ get_counted, scan_counted, &v->reads };
	v->c = (struct context){ &v->reads.view, &v->reads.view, v->hash, true };
}

static void close_vault(struct vault *v)
{
	records_free(&v->state);
	namehash_freep(&v->hash);
}

/* What is shown as the last name, and beside it, by name and by number. */
static size_t lookup_cost(struct vault *v)
{
	const struct name last = name_of(MANY - 1);
	char loser[64];
	snprintf(loser, sizeof(loser), "frame.%04d (conflict A %d).jpg", MANY - 1, 10 + 2 * (MANY - 1));
	const struct span names[] = { SPAN(last.b, last.len), span_str(loser), span_str("x (conflict A 1).jpg") };
	const uint64_t want[] = { FIRST + 2 * MANY - 1, FIRST + 2 * MANY - 2, 0 };
	v->reads.reads = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		cleanup(tree_freep) struct tree *t = NULL;
		const struct tree_entry *x, *again;
		assert_int_equal(asked_tree(&v->c, &naming, &t), ERR_OK);
		assert_int_equal(tree_lookup(t, DIR, names[i], &x), want[i] ? ERR_OK : ERR_NOTFOUND);
		if (!want[i])
			continue;
		assert_int_equal(x->ino, want[i]);
		assert_int_equal(tree_number(t, want[i], &again), ERR_OK);
		assert_true(tree_same(x, again));
	}
	return v->reads.reads;
}

static err_t visit_some(void *ctx, const struct child *c)
{
	size_t *left = ctx;
	(void)c;
	return --*left ? ERR_OK : ERR_CANCELED;
}

/* Some entries behind the middle. */
static size_t listing_cost(struct vault *v)
{
	size_t left = 64;
	v->reads.reads = 0;
	assert_int_equal(
	        children_visit(&v->c, &naming, (struct children_from){ DIR, UINT64_MAX / 2 }, visit_some, &left),
	        ERR_CANCELED);
	return v->reads.reads;
}

/* Of the answers to one operation: what leans on a name. */
static err_t visit_any(void *ctx, const struct tree_entry *x)
{
	(void)ctx;
	(void)x;
	return ERR_OK;
}

static size_t leaning_cost(struct vault *v)
{
	const struct name last = name_of(MANY - 1);
	cleanup(tree_freep) struct tree *t = NULL;
	v->reads.reads = 0;
	assert_int_equal(asked_tree(&v->c, &naming, &t), ERR_OK);
	assert_int_equal(tree_leaning(t, DIR, SPAN(last.b, last.len), visit_any, NULL), ERR_OK);
	assert_int_equal(tree_namesakes(t, DIR, SPAN(last.b, last.len), visit_any, NULL), ERR_OK);
	return v->reads.reads;
}

static size_t subdirs_cost(struct vault *v)
{
	uint64_t n;
	v->reads.reads = 0;
	assert_int_equal(children_subdirs(&v->c, &naming, DIR, &n), ERR_OK);
	return v->reads.reads;
}

static void a_name_costs_the_same_among_a_thousand_conflicts(void **state)
{
	(void)state;
	cleanup(close_vault) struct vault one, many;
	open_vault(&one, 1);
	open_vault(&many, MANY);
	assert_int_equal(lookup_cost(&many), lookup_cost(&one));
	assert_int_equal(leaning_cost(&many), leaning_cost(&one));
	assert_int_equal(subdirs_cost(&many), subdirs_cost(&one));
}

/* An entry is read as a claim; of a conflict name what claims it, twice and its file. */
static void an_entry_of_a_listing_costs_the_same_among_a_thousand_conflicts(void **state)
{
	(void)state;
	cleanup(close_vault) struct vault none, some, many;
	open_vault(&none, 0);
	open_vault(&some, MANY / 10);
	open_vault(&many, MANY);
	size_t plain = listing_cost(&none), all = listing_cost(&many);
	print_message("64 entries: %zu reads without conflicts, %zu of conflicts alone\n", plain, all);
	assert_true(plain <= 3 * 64);
	assert_true(all <= 10 * 64);
	assert_true(listing_cost(&some) <= all);
}

/* deep: `n` directories, each in the one before. */
static void deep(struct records *state, size_t n)
{
	struct draft d;
	draft_begin(&d, NULL);
	assert_int_equal(draft_put_head(&d, &(struct inode_head){ .ino = INO_ROOT, .type = TYPE_DIR }), ERR_OK);
	put_inode(&d, DIR, TYPE_DIR, spot(INO_ROOT, "d"), 1);
	for (size_t i = 0; i < n; i++)
		put_inode(&d, FIRST + i, TYPE_DIR, spot(i ? FIRST + i - 1 : DIR, "d"), 10 + i);
	assert_int_equal(records_add_all(state, draft_records(&d)), ERR_OK);
	draft_end(&d);
}

/* arrival_cost: of that many, which come at once. */
static size_t arrival_cost(size_t n)
{
	static const uint8_t key[16] = { 1 };
	cleanup(records_free) struct records was = RECORDS_INIT, is = RECORDS_INIT, here = RECORDS_INIT,
	                                     ret = RECORDS_INIT;
	cleanup(tree_freep) struct tree *t = NULL;
	cleanup(namehash_freep) struct namehash *hash = namehash_new(key);
	cleanup(u64s_free) struct u64s inos = { 0 };
	deep(&was, 0);
	deep(&is, n);
	const struct view before = records_view(&was), after = records_view(&is), local = records_view(&here);
	struct counted reads = { .of = &after };
	reads.view = (struct view){ get_counted, scan_counted, &reads };
	assert_int_equal(tree_build(&before, &naming, &t), ERR_OK);
	assert_int_equal(scratch_shown(t, hash, &here), ERR_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(u64s_add(&inos, FIRST + i), ERR_OK);
	struct shown_change change = {
		.before = &before, .after = &reads.view, .local = &local, .hash = hash, .inos = &inos, .fresh = &inos
	};
	assert_int_equal(update_shown(&change, &ret), ERR_OK);
	return reads.reads / n;
}

static void a_directory_that_comes_costs_the_same_a_thousand_deep(void **state)
{
	(void)state;
	size_t few = arrival_cost(20), many = arrival_cost(1000);
	print_message("a directory that comes: %zu reads 20 deep, %zu 1,000 deep\n", few, many);
	assert_true(many <= few + few / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_costs_the_same_among_a_thousand_conflicts),
		cmocka_unit_test(an_entry_of_a_listing_costs_the_same_among_a_thousand_conflicts),
		cmocka_unit_test(a_directory_that_comes_costs_the_same_a_thousand_deep),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
