/* SPDX-License-Identifier: MIT
 * A disk that is full at any one commit of the map: the engine goes on from there when there is room again. A store
 * that is full: what is made after it stays open.
 */
#include "cache/map_struct.h"

#include <sched.h>

#include "tests/sync_files.h"

struct full { /* the ops of a map's base, of which commit number `at` finds no space */
	struct base_ops ops;
	const struct base_ops *real;
	long at, seen; /* at < 0: never */
};
static struct full *full_of(struct base_txn *x)
{
	return (struct full *)(uintptr_t)x->ops; /* ops is its first member */
}

static err_t full_begin(struct base *b, struct base_txn **ret)
{
	struct full *f = (struct full *)(uintptr_t)b->ops;
	err_t e = f->real->write_begin(b, ret);
	if (!e)
		(*ret)->ops = &f->ops;
	return e;
}

static err_t full_commit(struct base_txn *x)
{
	struct full *f = full_of(x);
	if (f->at < 0 || f->seen++ != f->at)
		return f->real->write_commit(x);
	f->real->write_abort(x);
	return ERR_NOSPACE;
}

static void full_over(struct ship *d, struct full *f)
{
	*f = (struct full){ .ops = *d->map->base->ops, .real = d->map->base->ops, .at = -1 };
	f->ops.write_begin = full_begin;
	f->ops.write_commit = full_commit;
	d->map->base->ops = &f->ops;
}

/* hand_over: the first device changes something, the other follows, then the same the other way round. */
static void hand_over(struct fleet *f, unsigned i)
{
	file_write(f, &f->d[0], "a", 3000 + i, (uint8_t)i);
	ship_step(&f->d[0]);
	ship_step(&f->d[1]);
	file_check(f, &f->d[1], "a", 3000 + i, (uint8_t)i);
	file_write(f, &f->d[1], "b", 3000 + i, (uint8_t)i);
	ship_step(&f->d[1]);
	ship_step(&f->d[0]);
	file_check(f, &f->d[0], "b", 3000 + i, (uint8_t)i);
	ships_same(&f->d[0], &f->d[1]);
	assert_string_equal(ship_status(&f->d[1]).last_text, "");
}

static void test_no_space_at_any_commit_while_following_and_publishing(void **state)
{
	struct fleet f;
	struct full full;
	bool hit = true;
	(void)state;
	fleet_new(&f, &vault);
	fleet_join(&f, "laptop");
	hand_over(&f, 0);
	full_over(&f.d[1], &full);
	for (unsigned i = 1; hit; i++) {
		assert_in_range(i, 1, 200);
		file_write(&f, &f.d[0], "a", 5000 + i, (uint8_t)i);
		ship_step(&f.d[0]);
		full.at = i - 1;
		full.seen = 0;
		err_t e = sync_step(f.d[1].sync);
		hit = full.seen > full.at;
		full.at = -1;
		if (e && e != ERR_NOSPACE)
			fail_msg("commit %u: %s", i - 1, err_text(e));
		ok(map_commit(f.d[1].map)); /* as the committer's next try does, which nobody waits for here */
		hand_over(&f, i);
	}
	ships_same(&f.d[0], fleet_join(&f, "phone"));
	f.d[1].map->base->ops = full.real;
	fleet_free(&f);
}

static err_t nothing(struct map_txn *x, void *ctx)
{
	(void)x, (void)ctx;
	return ERR_OK;
}

/* Nothing waits for the base then, so nothing would be committed by itself. */
static void test_a_transaction_without_space_bars_nobody_for_ever(void **state)
{
	struct fleet f;
	struct full full;
	(void)state;
	fleet_new(&f, &vault);
	struct map *m = f.d[0].map;
	cleanup(batch_freep) struct batch *b = batch_new();
	ok(map_commit(m));
	full_over(&f.d[0], &full);
	full.at = 0;
	assert_int_equal(map_transact(m, nothing, NULL), ERR_NOSPACE);
	batch_put(b, MAP_STATE, span_str("x"), span_str("y"));
	assert_int_equal(map_apply(m, b), ERR_NOSPACE);
	while (map_apply(m, b) == ERR_NOSPACE) /* the committer tries again; the runner has a limit */
		sched_yield();
	m->base->ops = full.real;
	fleet_free(&f);
}

static void test_nothing_is_closed_while_the_store_has_no_room_for_what_waits(void **state)
{
	struct fault_plan full = { .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL }, none = { 0 };
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	fleet_join(&f, "laptop");
	struct ship *d = &f.d[0];
	fault_set(d->store, &full);
	file_write(&f, d, "waits", 3000, 1);
	assert_int_equal(sync_step(d->sync), ERR_STOREFULL);
	uint64_t objects = ship_saved(d).objects;
	assert_true(objects > 0);
	file_write(&f, d, "goes", 100000, 2);
	assert_int_equal(sync_step(d->sync), ERR_STOREFULL);
	assert_int_equal(ship_saved(d).objects, objects);
	assert_true(ship_saved(d).lacks & SAVED_OPEN);
	file_remove(d, "goes");
	fault_set(d->store, &none);
	ship_step(d);
	assert_false(ship_saved(d).lacks & SAVED_OPEN);
	ship_step(&f.d[1]);
	file_check(&f, &f.d[1], "waits", 3000, 1);
	assert_int_equal(file_is_there(&f.d[1], "goes"), 0);
	fleet_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_space_at_any_commit_while_following_and_publishing),
		cmocka_unit_test(test_a_transaction_without_space_bars_nobody_for_ever),
		cmocka_unit_test(test_nothing_is_closed_while_the_store_has_no_room_for_what_waits),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
