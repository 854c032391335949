/* SPDX-License-Identifier: MIT
 * What is kept of INODE over operations is what is shown, whatever happened since it was read; and it is kept.
 */
#include "changeset_util.h"

#include "cache/base_mem.h"
#include "vault/changeset/close.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/publish.h"
#include "vault/changeset/recent.h"

/* -- by itself --------------------------------------------------------------------------------------------------- */

#define MANY 1000

struct counted {
	struct records state;
	struct view view;
	unsigned reads;
};

static err_t get_counted(void *ctx, struct span key, struct buf *out)
{
	struct counted *c = ctx;
	const struct view v = records_view(&c->state);
	c->reads++;
	return v.get(v.ctx, key, out);
}

static void put_inode(struct records *t, uint64_t ino, size_t n, uint8_t with)
{
	uint8_t value[8192] = { with, (uint8_t)ino, (uint8_t)(ino >> 8) };
	struct shared_key k = shared_key_ino(SHARED_INODE, ino);
	ok(records_put(t, shared_key_span(&k), SPAN(value, n)));
}

/* read_all: each is as it should be. */
static void read_all(struct counted *c, const struct view *v, uint64_t end)
{
	const struct view state = records_view(&c->state);
	for (uint64_t ino = 1; ino < end; ino++) {
		struct shared_key k = shared_key_ino(SHARED_INODE, ino);
		same_key(v, &state, shared_key_span(&k));
	}
}

static void it_reads_few_inodes_once(void **state)
{
	struct counted c = { .state = RECORDS_INIT };
	struct recent r;
	struct recent_view v;
	(void)state;
	c.view = (struct view){ get_counted, NULL, &c };
	for (uint64_t ino = 1; ino < MANY; ino++)
		put_inode(&c.state, ino, 100, 1);
	recent_begin(&r);
	recent_view_begin(&v, &r, &c.view);
	read_all(&c, &v.view, 10);
	read_all(&c, &v.view, 10);
	assert_int_equal(c.reads, 9);
	recent_drop(&r);
	read_all(&c, &v.view, 10);
	assert_int_equal(c.reads, 18);
	read_all(&c, &v.view, MANY);
	read_all(&c, &v.view, MANY);
	assert_true(r.inodes.n < MANY / 2);
	recent_end(&r);
	records_free(&c.state);
}

static void what_changed_is_seen(void **state)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	struct counted c = { .state = RECORDS_INIT };
	struct shared_key gone = shared_key_ino(SHARED_INODE, 3);
	struct recent r;
	struct recent_view v;
	(void)state;
	c.view = (struct view){ get_counted, NULL, &c };
	for (uint64_t ino = 1; ino < 10; ino++)
		put_inode(&c.state, ino, 100, 1);
	recent_begin(&r);
	recent_view_begin(&v, &r, &c.view);
	read_all(&c, &v.view, 10);
	put_inode(&changes, 2, 120, 2);
	put_inode(&changes, 4, 8192, 2); /* too large to be kept */
	put_inode(&changes, 12, 100, 2);
	ok(records_gone(&changes, shared_key_span(&gone)));
	ok(records_apply(&c.state, &changes));
	recent_changed(&r, &changes);
	read_all(&c, &v.view, 14);
	recent_end(&r);
	records_free(&c.state);
}

/* -- in a changeset ---------------------------------------------------------------------------------------------- */

/* same_inodes: read as operations read, against what is shown. */
static void same_inodes(const struct changeset *c)
{
	struct joined_once once;
	joined_once_begin(&once, &c->shown);
	for (uint64_t ino = 10; ino < 10 + INOS; ino++) {
		struct shared_key k = shared_key_ino(SHARED_INODE, ino);
		same_key(joined_once_view(&once), changeset_shown(c), shared_key_span(&k));
	}
	joined_once_end(&once);
}

static void operate(struct changeset *c, uint64_t *seed)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	operation_begin(&o, c);
	for (unsigned i = 1 + pick(seed, 3); i; i--)
		ok(say_something(seed, &o.draft, changeset_tick(c)));
	if (!one_in(seed, 4)) /* else it is given up */
		ok(operation_apply(&o, b));
	operation_end(&o);
}

static void deliver(struct changeset *c, uint64_t *seed)
{
	struct draft d;
	draft_begin(&d, &c->shown.published);
	for (unsigned i = 1 + pick(seed, 3); i; i--)
		ok(say_something(seed, &d, at(c->lamport + i, THEM)));
	ok(changeset_deliver(c, &(struct delivery){ draft_records(&d), c->lamport + 5, NULL, NULL }));
	draft_end(&d);
}

static void close_it(struct changeset *c, uint64_t *seed)
{
	(void)seed;
	const err_t e = changeset_close(c, NULL);
	assert_true(!e || e == ERR_BUSY || e == ERR_NOTFOUND);
}

static void publish_some(struct changeset *c, uint64_t *seed)
{
	(void)seed;
	const err_t e = changeset_publish(c, 1, NULL);
	assert_true(!e || e == ERR_NOTFOUND);
}

static void it_is_what_is_shown_whatever_happens(void **state)
{
	static void (*const steps[])(struct changeset *, uint64_t *) = {
		operate, operate, operate, deliver, close_it, publish_some,
	};
	uint64_t seed = random_seed();
	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		cleanup(changeset_freep) struct changeset *c = NULL;
		struct place place;
		place_make(&place, FAKE);
		struct map *map = place_open(&place);
		ok(changeset_open(map, US, &c));
		for (unsigned i = 0; i < 40; i++) {
			steps[pick(&seed, ARRAY_LEN(steps))](c, &seed);
			same_inodes(c);
		}
		changeset_freep(&c);
		ok(map_close(map));
		place_remove(&place);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_reads_few_inodes_once),
		cmocka_unit_test(what_changed_is_seen),
		cmocka_unit_test(it_is_what_is_shown_whatever_happens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
