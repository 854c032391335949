/* SPDX-License-Identifier: MIT
 * What becomes of a block of format 2 that is in no segment yet when nothing uses it any more.
 */
#include "fs/core/uses.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static const struct id block = { { 1 } };

static void put(struct map *m, enum map_table t, struct span key)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	batch_put(b, t, key, span_str("1"));
	assert_int_equal(map_apply(m, b), ERR_OK);
}

/* unused: a block that waits in the queue loses its only use. */
static struct map *unused(bool packing)
{
	static const struct key key = { { 9 } };
	struct map_config c = { .key = &key, .commit_ms = 1000000 };
	cleanup(batch_freep) struct batch *b = batch_new();
	struct rkey waits = key_queue(QUEUE_BLOCK, block), mark = key_bytes(QUEUE_PACKING, SPAN("", 0));
	struct uses u = { 0 };
	struct map *m = NULL;
	assert_int_equal(map_open(&c, &m, NULL), ERR_OK);
	put(m, MAP_QUEUE, rkey_span(&waits));
	put(m, MAP_BLOCK, id_span(&block));
	if (packing)
		put(m, MAP_QUEUE, rkey_span(&mark));
	assert_int_equal(uses_add(&u, block, -1), ERR_OK);
	assert_int_equal(uses_finish(&u, m, b), ERR_OK);
	assert_int_equal(map_apply(m, b), ERR_OK);
	return m;
}

static void expect(struct map *m, err_t answer)
{
	struct rkey waits = key_queue(QUEUE_BLOCK, block);
	assert_int_equal(map_has(m, MAP_QUEUE, rkey_span(&waits)), answer);
	assert_int_equal(map_has(m, MAP_BLOCK, id_span(&block)), answer);
	assert_int_equal(map_close(m), ERR_OK);
}

static void it_goes_at_once(void **state)
{
	(void)state;
	expect(unused(false), ERR_NOTFOUND);
}

/* The commit that is being made may name it, and packing looks for it in the queue. */
static void it_keeps_its_place_while_a_closed_changeset_is_packed(void **state)
{
	(void)state;
	expect(unused(true), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_at_once),
		cmocka_unit_test(it_keeps_its_place_while_a_closed_changeset_is_packed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
