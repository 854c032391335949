/* SPDX-License-Identifier: MIT
 * A map over a data.mdb that was edited: refused in words, or, where the check leaves something for later, no further
 * than that.
 */
#include "pages_made.h"

#include "util/log.h"

static void a_map_with_an_edited_page_is_refused_in_words(void **state)
{
	struct image *m = *state;
	struct place p;
	struct map *opened = NULL;
	struct why why = { 0 };
	place_small(&p);
	write_file(p.dir, m);
	assert_int_equal(map_close(place_open(&p)), ERR_OK);
	size_t no = leftmost(m, table_at(m, "tree"), 1);
	set(m, FLAGS_AT(no), 2, PAGE_BRANCH | 16);
	write_file(p.dir, m);
	set(m, FLAGS_AT(no), 2, PAGE_BRANCH);
	for (int n = 0; n < 2; n++) {
		assert_int_equal(map_open(&p.config, &opened, &why), ERR_DAMAGED);
		assert_non_null(strstr(why.text, "its kind"));
		assert_non_null(strstr(why.text, "cloudseal rebuild makes it anew"));
		assert_null(strchr(why.text, '\n'));
	}
	write_file(p.dir, m); /* nothing was written by those */
	struct map *again = place_open(&p);
	uint64_t records, bytes;
	sum_table(again, MAP_RECORDS, &records, &bytes);
	assert_int_equal(records, RECORDS - RECORDS / 5);
	assert_int_equal(map_close(again), ERR_OK);
	place_remove(&p);
}

static void is_refused_by_the_map(const struct place *p, const struct image *m)
{
	struct map *opened = NULL;
	struct why why = { 0 };
	write_file(p->dir, m);
	assert_int_equal(map_open(&p->config, &opened, &why), ERR_DAMAGED);
	assert_non_null(strstr(why.text, "cloudseal rebuild makes it anew"));
}

/* What says up to which change the base holds everything: without it, or with another number, the log's changes would
 * count as older or newer than they are. */
static void a_state_record_that_was_edited_is_refused(void **state)
{
	struct image *m = *state;
	struct place p;
	place_small(&p);
	size_t no = leftmost(m, table_at(m, "meta"), 1), node = node_at(m, no, 1), cell = data_at(m, node);
	assert_memory_equal(m->b + key_at(node), "state", 5);
	for (size_t i = 0; i < get(m, node, 4); i++) {
		m->b[cell + i] ^= 1;
		is_refused_by_the_map(&p, m);
		m->b[cell + i] ^= 1;
	}
	m->b[key_at(node) + 4]++;
	is_refused_by_the_map(&p, m);
	place_remove(&p);
}

/* block_op: puts or removes the first block that there is, and commits. */
static err_t block_op(struct map *m, bool del)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	char key[17];
	snprintf(key, sizeof(key), "%016u", 5); /* 0 was removed by thin() */
	if (del)
		batch_del(b, MAP_BLOCK, span_str(key));
	else
		batch_put(b, MAP_BLOCK, span_str(key), span_str("another"));
	assert_int_equal(map_apply(m, b), ERR_OK);
	return map_commit(m);
}

/* What LMDB would free is not what lies there: the commit fails for good, and nothing was freed. */
static void a_block_whose_run_was_edited_is_not_freed(void **state)
{
	struct image *m = *state;
	struct place p;
	place_small(&p);
	size_t block = table_at(m, "block"), leaf = leftmost(m, block, (unsigned)get(m, DB_AT(block, depth), 2));
	for (unsigned i = 0; i < nodes_of(m, leaf); i++)
		set(m, LOWER_AT(get(m, data_at(m, node_at(m, leaf, i)), 8)), 4, 1000);
	for (int del = 0; del < 2; del++) {
		write_file(p.dir, m);
		struct map *opened = place_open(&p);
		assert_int_equal(block_op(opened, del), ERR_IO);
		assert_int_equal(map_close(opened), ERR_IO);
	}
	place_remove(&p);
}

static err_t two_lengths(struct map_txn *x, void *ctx)
{
	static const uint8_t bytes[30000];
	struct span key = span_str(ctx);
	err_t e = map_txn_put(x, MAP_BLOCK, key, SPAN(bytes, sizeof(bytes)));
	return e ? e : map_txn_put(x, MAP_BLOCK, key, SPAN(bytes, 9000));
}

static void a_block_put_twice_in_a_transaction_has_a_run_of_its_length(void **state)
{
	(void)state;
	struct place p;
	char key[] = "a block of sixteen";
	place_small(&p);
	struct map *m = place_open(&p);
	assert_int_equal(map_transact(m, two_lengths, key), ERR_OK);
	assert_int_equal(map_close(m), ERR_OK);
	m = place_open(&p);
	put_text(m, MAP_BLOCK, key, NULL);
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(map_close(m), ERR_OK);
	place_remove(&p);
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	const struct CMUnitTest tests[] = {
		TEST(a_map_with_an_edited_page_is_refused_in_words),
		TEST(a_state_record_that_was_edited_is_refused),
		TEST(a_block_whose_run_was_edited_is_not_freed),
		cmocka_unit_test(a_block_put_twice_in_a_transaction_has_a_run_of_its_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
