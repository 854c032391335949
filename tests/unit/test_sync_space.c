/* SPDX-License-Identifier: MIT
 * A disk that is full at any one commit of the map: the engine goes on from there when there is room again.
 */
#include "cache/map_struct.h"
#include "tests/sync_fleet.h"

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

static void full_over(struct dev *d, struct full *f)
{
	*f = (struct full){ .ops = *d->map->base->ops, .real = d->map->base->ops, .at = -1 };
	f->ops.write_begin = full_begin;
	f->ops.write_commit = full_commit;
	d->map->base->ops = &f->ops;
}

/* hand_over: the first device changes something, the other follows, then the same the other way round. */
static void hand_over(struct fleet *f, unsigned i)
{
	dev_write(&f->d[0], "a", 3000 + i, (uint8_t)i);
	dev_step(&f->d[0]);
	dev_step(&f->d[1]);
	dev_check_file(&f->d[1], "a", 3000 + i, (uint8_t)i);
	dev_write(&f->d[1], "b", 3000 + i, (uint8_t)i);
	dev_step(&f->d[1]);
	dev_step(&f->d[0]);
	dev_check_file(&f->d[0], "b", 3000 + i, (uint8_t)i);
	assert_same_map(&f->d[0], &f->d[1]);
	assert_string_equal(dev_status(&f->d[1]).last_text, "");
}

static void test_no_space_at_any_commit_while_following_and_publishing(void **state)
{
	struct fleet f;
	struct full full;
	bool hit = true;
	(void)state;
	fleet_new(&f, 5);
	fleet_join(&f, "laptop");
	hand_over(&f, 0);
	full_over(&f.d[1], &full);
	for (unsigned i = 1; hit; i++) {
		assert_in_range(i, 1, 200);
		dev_write(&f.d[0], "a", 5000 + i, (uint8_t)i);
		dev_step(&f.d[0]);
		full.at = i - 1;
		full.seen = 0;
		err_t e = sync_step(f.d[1].sync);
		hit = full.seen > full.at;
		full.at = -1;
		if (e && e != ERR_NOSPACE)
			fail_msg("commit %u: %s", i - 1, err_text(e));
		hand_over(&f, i);
	}
	assert_same_map(&f.d[0], fleet_join(&f, "phone"));
	f.d[1].map->base->ops = full.real;
	fleet_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
		test_no_space_at_any_commit_while_following_and_publishing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
