/* SPDX-License-Identifier: MIT
 * The base in memory as a disk that outlives its map: what a copy of it holds, and what a commit that does not happen
 * leaves.
 */
#include "cache/base_mem.h"
#include "cache_util.h"
#include "util/log.h"

#include <fcntl.h>

struct watched {
	struct base *base, *copy;
	unsigned commits;
	bool refuse;
};

static err_t before(void *ctx)
{
	struct watched *w = ctx;
	if (w->refuse)
		assert_int_equal(base_mem_copy(w->base, &w->copy), ERR_OK);
	return w->refuse ? ERR_IO : ERR_OK;
}

static void after(void *ctx)
{
	((struct watched *)ctx)->commits++;
}

static struct map *open_over(struct base *b)
{
	static const struct key key = { { 7 } };
	struct map_config c = { .key = &key, .base = b, .commit_ms = 1000000 };
	struct map *m;
	assert_int_equal(map_open(&c, &m, NULL), ERR_OK);
	return m;
}

static void a_copy_holds_what_was_committed(void **state)
{
	(void)state;
	struct base *b, *copy;
	assert_int_equal(base_mem_open(&b), ERR_OK);
	struct map *m = open_over(b);
	put_text(m, MAP_RECORDS, "a", "1");
	put_text(m, MAP_RECORDS, "gone", "x");
	assert_int_equal(map_commit(m), ERR_OK);
	cleanup(batch_freep) struct batch *t = batch_new();
	batch_del(t, MAP_RECORDS, span_str("gone"));
	assert_int_equal(map_apply(m, t), ERR_OK);
	put_text(m, MAP_STATE, "b", "2");
	assert_int_equal(map_commit(m), ERR_OK);
	put_text(m, MAP_RECORDS, "a", "not durable");
	assert_int_equal(base_mem_copy(b, &copy), ERR_OK);
	assert_int_equal(map_close(m), ERR_OK);
	m = open_over(copy);
	has_text(m, MAP_RECORDS, "a", "1");
	has_text(m, MAP_RECORDS, "gone", NULL);
	has_text(m, MAP_STATE, "b", "2");
	put_text(m, MAP_RECORDS, "a", "3");
	assert_int_equal(map_commit(m), ERR_OK);
	has_text(m, MAP_RECORDS, "a", "3");
	assert_int_equal(map_close(m), ERR_OK);
}

static void a_commit_that_does_not_happen_leaves_the_one_before(void **state)
{
	(void)state;
	struct watched w = { 0 };
	assert_int_equal(base_mem_open(&w.base), ERR_OK);
	base_mem_on_commit(w.base, &(struct base_mem_hook){ before, after, &w });
	struct map *m = open_over(w.base);
	put_text(m, MAP_RECORDS, "a", "1");
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(w.commits, 1);
	w.refuse = true;
	put_text(m, MAP_RECORDS, "a", "2");
	assert_int_equal(map_commit(m), ERR_IO);
	assert_int_equal(w.commits, 1);
	assert_int_not_equal(map_close(m), ERR_OK);
	m = open_over(w.copy);
	has_text(m, MAP_RECORDS, "a", "1");
	assert_int_equal(map_close(m), ERR_OK);
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_holds_what_was_committed),
		cmocka_unit_test(a_commit_that_does_not_happen_leaves_the_one_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
