/* SPDX-License-Identifier: MIT
 * Delivering, and numbers.
 */
#include "cache/base_mem.h"
#include "changeset_util.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/numbers.h"

struct site {
	struct place place;
	struct map *map;
	struct changeset *c;
};

static void begin(struct site *p)
{
	place_make(&p->place, FAKE);
	p->place.config.commit_ms = 1000000;
	ok(base_mem_open(&p->place.config.base));
	p->map = place_open(&p->place);
	ok(changeset_open(p->map, US, &p->c));
}

static void end(struct site *p)
{
	changeset_freep(&p->c);
	ok(map_close(p->map));
}

static void a_commit_with_a_bad_record_changes_nothing(void **state)
{
	(void)state;
	struct site p;
	struct draft d;
	cleanup(records_free) struct records said = RECORDS_INIT, published = RECORDS_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, 99);
	uint64_t seed = 5;
	begin(&p);
	struct view v = published_view(p.map);
	draft_begin(&d, NULL);
	ok(say_file(&seed, &d, 10, at(5, THEM)));
	ok(records_add_all(&said, draft_records(&d)));
	ok(records_put(&said, shared_key_span(&key), span_str("\2 no record")));
	assert_int_not_equal(changeset_deliver(p.c, &(struct delivery){ &said, 6, NULL, NULL }), ERR_OK);
	collect(&v, SPAN(NULL, 0), SPAN(NULL, 0), &published);
	assert_int_equal(published.n, 0);
	ok(changeset_deliver(p.c, &(struct delivery){ draft_records(&d), 6, NULL, NULL }));
	collect(&v, SPAN(NULL, 0), SPAN(NULL, 0), &published);
	assert_int_equal(published.n, 1);
	assert_int_equal(changeset_tick(p.c).lamport, 7);
	draft_end(&d);
	end(&p);
}

struct looking { /* who is stopped while what follows is made */
	bool stopped;
	unsigned beside, within;
};
static void looking_enter(void *ctx)
{
	((struct looking *)ctx)->stopped = true;
}
static void looking_leave(void *ctx)
{
	((struct looking *)ctx)->stopped = false;
}
static err_t look_beside(void *ctx, const struct view *published, const struct records *changes, struct batch *b)
{
	struct looking *l = ctx;
	(void)published, (void)changes, (void)b;
	assert_false(l->stopped);
	l->beside++;
	return ERR_OK;
}
static err_t look_within(void *ctx, const struct view *published, const struct records *changes, struct batch *b)
{
	struct looking *l = ctx;
	(void)published, (void)changes, (void)b;
	assert_true(l->stopped);
	l->within++;
	return ERR_OK;
}

/* The digest of a large commit takes long. */
static void a_delivery_stops_all_for_what_is_shown_alone(void **state)
{
	(void)state;
	struct looking l = { .stopped = false };
	struct follow beside = { look_beside, &l }, within = { look_within, &l };
	struct site p;
	struct draft d;
	uint64_t seed = 5;
	begin(&p);
	map_on_freeze(p.map, &(struct map_freeze){ NULL, looking_enter, looking_leave, &l });
	draft_begin(&d, NULL);
	ok(say_file(&seed, &d, 10, at(5, THEM)));
	ok(changeset_deliver(p.c, &(struct delivery){ draft_records(&d), 6, &beside, &within }));
	assert_true(l.beside == 1 && l.within == 1);
	map_on_freeze(p.map, NULL);
	draft_end(&d);
	end(&p);
}

static void numbers_are_counted_after_a_random_beginning(void **state)
{
	(void)state;
	struct numbers n = NUMBERS_INIT, other = NUMBERS_INIT;
	uint64_t first, second, lid;
	struct id a, b;
	ok(numbers_ino(&n, at(1, US), &first, &a));
	ok(numbers_ino(&n, at(2, US), &second, &b));
	assert_true(first >> 24 && (first & 0xffffff) == 0 && second == first + 1 && !id_eq(a, b));
	ok(numbers_ino(&other, at(1, US), &second, &b));
	assert_true(first >> 24 != second >> 24);
	ok(numbers_lid(&n, at(1, US), &lid));
	assert_true(lid >> 24 != first >> 24 && lid != LID_FIRST);
	n.ino = first | 0xffffff; /* the count is through */
	ok(numbers_ino(&n, at(3, US), &second, &b));
	assert_true(second >> 24 > 0 && second >> 24 != (first >> 24) + 1 && (second & 0xffffff) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commit_with_a_bad_record_changes_nothing),
		cmocka_unit_test(a_delivery_stops_all_for_what_is_shown_alone),
		cmocka_unit_test(numbers_are_counted_after_a_random_beginning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
