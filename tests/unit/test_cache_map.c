/* SPDX-License-Identifier: MIT
 * What map.h promises, one sentence a test; on the fake and on disk.
 */
#include "cache_util.h"
#include "util/clock.h"
#include "util/log.h"

#include <fcntl.h>
#include <stdatomic.h>

static void each(void (*test)(struct map *m))
{
	for (int kind = 0; kind < KINDS; kind++) {
		struct place p;
		place_make(&p, (enum kind)kind);
		struct map *m = place_open(&p);
		test(m);
		assert_int_equal(map_close(m), ERR_OK);
		place_remove(&p);
	}
}

/* --- batches --- */

static void limits(struct map *m)
{
	static char big[MAP_KEY_MAX + 1] = { 1 };
	cleanup(batch_freep) struct batch *b = batch_new();
	batch_put(b, MAP_RECORDS, span_str("good"), span_str("x"));
	batch_put(b, MAP_RECORDS, SPAN(big, sizeof(big)), span_str("x"));
	assert_int_equal(map_apply(m, b), ERR_LIMIT);
	has_text(m, MAP_RECORDS, "good", NULL);
	batch_clear(b);
	batch_put(b, MAP_RECORDS, SPAN(big, 0), span_str("x"));
	assert_int_equal(map_apply(m, b), ERR_LIMIT);
	batch_clear(b);
	struct buf huge = BUF_INIT;
	assert_non_null(buf_extend(&huge, MAP_VALUE_MAX + 1));
	batch_put_buf(b, MAP_BLOCK, span_str("k"), &huge);
	assert_null(huge.p);
	assert_int_equal(map_apply(m, b), ERR_LIMIT);
	batch_clear(b);
	batch_put(b, MAP_RECORDS, SPAN(big, MAP_KEY_MAX), SPAN("", 0));
	assert_int_equal(map_apply(m, b), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(map_has(m, MAP_RECORDS, SPAN(big, MAP_KEY_MAX)), ERR_OK);
	batch_clear(b);
	assert_int_equal(map_apply(m, b), ERR_OK); /* empty */
}
static void a_batch_over_the_limits_is_refused_whole(void **state)
{
	(void)state;
	each(limits);
}

static void last_wins(struct map *m)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	batch_put(b, MAP_STATE, span_str("a"), span_str("1"));
	batch_put(b, MAP_STATE, span_str("a"), span_str("2"));
	batch_del(b, MAP_STATE, span_str("b"));
	batch_put(b, MAP_STATE, span_str("b"), span_str("3"));
	batch_put(b, MAP_STATE, span_str("c"), span_str("4"));
	batch_del(b, MAP_STATE, span_str("c"));
	assert_int_equal(map_apply(m, b), ERR_OK);
	for (int i = 0; i < 2; i++) {
		has_text(m, MAP_STATE, "a", "2");
		has_text(m, MAP_STATE, "b", "3");
		has_text(m, MAP_STATE, "c", NULL);
		assert_int_equal(map_commit(m), ERR_OK);
	}
}
static void the_last_op_on_a_key_wins(void **state)
{
	(void)state;
	each(last_wins);
}

static void tables(struct map *m)
{
	for (int t = 0; t < MAP_TABLES; t++)
		put_text(m, (enum map_table)t, "same key", (char[]){ (char)('a' + t), 0 });
	for (int i = 0; i < 2; i++) {
		for (int t = 0; t < MAP_TABLES; t++)
			has_text(m, (enum map_table)t, "same key", (char[]){ (char)('a' + t), 0 });
		assert_int_equal(map_commit(m), ERR_OK);
	}
}
static void tables_do_not_mix(void **state)
{
	(void)state;
	each(tables);
}

static int collect(void *ctx, struct span key, struct span value)
{
	struct buf *out = ctx;
	buf_put(out, key.p, key.len);
	buf_u8(out, '=');
	buf_put(out, value.p, value.len);
	buf_u8(out, ' ');
	return 0;
}

static void layers(struct map *m)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	put_text(m, MAP_RECORDS, "p1", "base");
	put_text(m, MAP_RECORDS, "p2", "base");
	put_text(m, MAP_RECORDS, "p4", "base");
	put_text(m, MAP_RECORDS, "q", "other");
	assert_int_equal(map_commit(m), ERR_OK);
	put_text(m, MAP_RECORDS, "p1", "new");
	put_text(m, MAP_RECORDS, "p2", NULL);
	put_text(m, MAP_RECORDS, "p3", "new");
	put_text(m, MAP_RECORDS, "p4", NULL);
	put_text(m, MAP_RECORDS, "p4", "back");
	assert_int_equal(map_scan(m, MAP_RECORDS, span_str("p"), SPAN(NULL, 0), collect, &out), ERR_OK);
	buf_u8(&out, 0);
	assert_string_equal((char *)out.p, "p1=new p3=new p4=back ");
	has_text(m, MAP_RECORDS, "p2", NULL);
}
static void newer_layers_hide_older_ones(void **state)
{
	(void)state;
	each(layers);
}

static int refuse_visit(void *ctx, struct span key, struct span value)
{
	(void)ctx, (void)key, (void)value;
	return ERR_FORK;
}
static void visit_error(struct map *m)
{
	put_text(m, MAP_QUEUE, "a", "1");
	assert_int_equal(map_scan(m, MAP_QUEUE, SPAN(NULL, 0), SPAN(NULL, 0), refuse_visit, NULL), ERR_FORK);
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(map_scan(m, MAP_QUEUE, SPAN(NULL, 0), SPAN(NULL, 0), refuse_visit, NULL), ERR_FORK);
	assert_int_equal(map_scan(m, MAP_QUEUE, span_str("z"), SPAN(NULL, 0), refuse_visit, NULL), ERR_OK);
}
static void a_scan_ends_with_the_visitors_error(void **state)
{
	(void)state;
	each(visit_error);
}

/* --- transactions --- */

/* records_in: of one table of the base alone. */
static uint64_t records_in(struct map *m, enum map_table t)
{
	uint64_t records, bytes;
	sum_table(m, t, &records, &bytes);
	return records;
}

static err_t take(struct map_txn *x, void *ctx)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	const err_t *answer = ctx;
	assert_int_equal(map_txn_get(x, MAP_RECORDS, span_str("mine"), &v), ERR_OK); /* what was applied */
	assert_int_equal(map_txn_put(x, MAP_RECORDS, span_str("theirs"), span_str("1")), ERR_OK);
	assert_int_equal(map_txn_put(x, MAP_BLOCK, span_str("block"), span_str("bytes")), ERR_OK);
	assert_int_equal(map_txn_del(x, MAP_RECORDS, span_str("mine")), ERR_OK);
	assert_int_equal(map_txn_get(x, MAP_RECORDS, span_str("mine"), &v), ERR_NOTFOUND);
	return *answer;
}

static void refused_and_taken(struct map *m)
{
	static const err_t answers[] = { ERR_CANCELED, ERR_NOSPACE, ERR_IO, ERR_NOMEM };
	struct map_stats st;
	put_text(m, MAP_RECORDS, "mine", "x");
	for (size_t i = 0; i < 2 * ARRAY_LEN(answers); i++) { /* first in the memtable, then in the base */
		assert_int_equal(map_transact(m, take, (void *)&answers[i / 2]), answers[i / 2]);
		has_text(m, MAP_RECORDS, "mine", "x");
		has_text(m, MAP_RECORDS, "theirs", NULL);
		map_stats(m, &st);
		assert_true(st.blocks == 0 && st.block_bytes == 0 && st.failed == ERR_OK);
		assert_int_equal(map_commit(m), ERR_OK);
		assert_int_equal(records_in(m, MAP_RECORDS), 1);
	}
	assert_int_equal(map_transact(m, take, &(err_t){ ERR_OK }), ERR_OK);
	has_text(m, MAP_RECORDS, "mine", NULL);
	has_text(m, MAP_RECORDS, "theirs", "1");
	map_stats(m, &st);
	assert_true(st.blocks == 1 && st.block_bytes == 5 && st.applied == st.committed);
	check_counts(m);
}
static void a_refused_transaction_leaves_nothing(void **state)
{
	(void)state;
	each(refused_and_taken);
}

struct late { /* a file system with a write in its buffer, flushed by the hook */
	struct map *m;
	bool buffered;
};
static void late_enter(void *ctx)
{
	struct late *l = ctx;
	if (l->buffered)
		put_text(l->m, MAP_RECORDS, "late", "write");
	l->buffered = false;
}
static void late_leave(void *ctx)
{
	(void)ctx;
}
/* If the late write is there, the transaction is not to be. */
static err_t unless_late(struct map_txn *x, void *ctx)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	(void)ctx;
	err_t e = map_txn_get(x, MAP_RECORDS, span_str("late"), &v);
	assert_int_equal(map_txn_put(x, MAP_RECORDS, span_str("theirs"), span_str("1")), ERR_OK);
	return e ? ERR_OK : ERR_BUSY;
}
static void late_write(struct map *m)
{
	struct late l = { m, true };
	map_on_freeze(m, &(struct map_freeze){ NULL, late_enter, late_leave, &l });
	assert_int_equal(map_transact(m, unless_late, NULL), ERR_BUSY);
	has_text(m, MAP_RECORDS, "late", "write");
	has_text(m, MAP_RECORDS, "theirs", NULL);
	map_on_freeze(m, NULL);
}
static void a_transaction_sees_a_buffered_write(void **state)
{
	(void)state;
	each(late_write);
}

/* A decision made while all is stopped: what was buffered is there before it, and it is the last word. */
static err_t decide(void *ctx)
{
	const struct late *l = ctx;
	has_text(l->m, MAP_RECORDS, "late", "write");
	put_text(l->m, MAP_RECORDS, "late", "decided");
	return ERR_BUSY;
}
static void stopped(struct map *m)
{
	struct late l = { m, true };
	map_on_freeze(m, &(struct map_freeze){ NULL, late_enter, late_leave, &l });
	assert_int_equal(map_stopped(m, decide, &l), ERR_BUSY); /* what it says is passed on */
	assert_false(l.buffered);
	has_text(m, MAP_RECORDS, "late", "decided");
	assert_int_equal(map_sync(m), ERR_OK); /* nothing is held any more */
	map_on_freeze(m, NULL);
	put_text(m, MAP_RECORDS, "late", "write");
	assert_int_equal(map_stopped(m, decide, &l), ERR_BUSY); /* also without a hook */
	has_text(m, MAP_RECORDS, "late", "decided");
}
static void what_is_stopped_decides_after_what_was_buffered(void **state)
{
	(void)state;
	each(stopped);
}

struct work { /* of a hook, before it stops anybody */
	int64_t done;
};
static void work_before(void *ctx)
{
	struct work *w = ctx;
	int64_t end = clock_mono() + 50 * NS_PER_MS;
	while ((w->done = clock_mono()) < end)
		;
}
static void working(struct map *m)
{
	struct work w = { 0 };
	struct map_debug before, after;
	map_debug(m, &before);
	map_on_freeze(m, &(struct map_freeze){ .before = work_before, .ctx = &w });
	map_gather(m);
	int64_t all = clock_mono() - w.done;
	map_on_freeze(m, NULL);
	map_debug(m, &after);
	assert_true(after.freezes > before.freezes);
	assert_true(after.longest_freeze <= MAX(all, before.longest_freeze));
}
static void a_freeze_lasts_as_long_as_somebody_may_wait(void **state)
{
	(void)state;
	each(working);
}

static void there_and_back(struct map *m)
{
	struct map_stats st;
	put_text(m, MAP_RECORDS, "a", "1");
	assert_int_equal(map_commit(m), ERR_OK);
	put_text(m, MAP_RECORDS, "a", "2");
	put_text(m, MAP_RECORDS, "short-lived", "x");
	put_text(m, MAP_BLOCK, "short-lived", "x");
	put_text(m, MAP_RECORDS, "a", "1");
	put_text(m, MAP_RECORDS, "short-lived", NULL);
	put_text(m, MAP_BLOCK, "short-lived", NULL);
	assert_int_equal(map_commit(m), ERR_OK);
	has_text(m, MAP_RECORDS, "a", "1");
	has_text(m, MAP_RECORDS, "short-lived", NULL);
	map_stats(m, &st);
	assert_true(st.blocks == 0 && records_in(m, MAP_RECORDS) == 1 && records_in(m, MAP_BLOCK) == 0);
}
static void what_ends_as_it_was_leaves_nothing_in_the_base(void **state)
{
	(void)state;
	each(there_and_back);
}

static void blocks(struct map *m)
{
	struct map_stats st;
	cleanup(batch_freep) struct batch *b = batch_new();
	static uint8_t bytes[20000] = { 1 };
	batch_put(b, MAP_BLOCK, span_str("a"), SPAN(bytes, 20000));
	batch_put(b, MAP_BLOCK, span_str("b"), SPAN(bytes, 100));
	assert_int_equal(map_apply(m, b), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK);
	map_stats(m, &st);
	assert_true(st.blocks == 2 && st.block_bytes == 20100);
	batch_put(b, MAP_BLOCK, span_str("a"), SPAN(bytes, 5000));
	batch_del(b, MAP_BLOCK, span_str("b"));
	batch_del(b, MAP_BLOCK, span_str("c"));
	assert_int_equal(map_apply(m, b), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK);
	map_stats(m, &st);
	assert_true(st.blocks == 1 && st.block_bytes == 5000 && st.failed == ERR_OK);
}
static void blocks_are_counted(void **state)
{
	(void)state;
	each(blocks);
}

static void on_drain(void *ctx)
{
	atomic_store((atomic_bool *)ctx, true);
}
static void figures_follow_a_batch_to_the_base(void **state)
{
	(void)state;
	struct place p;
	struct map_debug d;
	place_make(&p, DISK);
	p.config.commit_ms = 3600000; /* only when asked */
	struct map *m = place_open(&p);
	put_text(m, MAP_RECORDS, "\x10k", "v");
	map_debug(m, &d);
	uint64_t freezes = d.freezes, used = d.wal_used;
	assert_int_equal(d.memtable.records, 1);
	assert_true(d.memtable.bytes);
	assert_false(d.immutable_waits);
	assert_int_equal(map_sync(m), ERR_OK);
	map_debug(m, &d);
	assert_int_equal(d.wal_syncs, 1);
	assert_true(d.wal_used > used && d.wal_used < d.wal_size);
	assert_int_equal(d.freezes, freezes + 1);
	uint64_t pass = d.wal_pass;
	assert_int_equal(map_commit(m), ERR_OK);
	map_debug(m, &d);
	assert_int_equal(d.memtable.records, 0);
	put_text(m, MAP_RECORDS, "\x10l", "v");
	assert_int_equal(map_sync(m), ERR_OK); /* all that was logged is in the base: a new pass */
	map_debug(m, &d);
	assert_int_equal(d.wal_pass, pass + 1);
	assert_int_equal(map_close(m), ERR_OK);
	place_remove(&p);
}

static err_t change(struct map_txn *x, void *ctx)
{
	(void)ctx;
	return map_txn_put(x, MAP_STATE, span_str("k"), span_str("v"));
}

static void a_version_stays_as_long_as_what_is_read(void **state)
{
	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		cleanup(buf_free) struct buf value = BUF_INIT;
		struct place p;
		place_make(&p, (enum kind)kind);
		p.config.commit_ms = 3600000; /* only when asked */
		struct map *m = place_open(&p);
		const uint64_t begun = map_version(m);
		put_text(m, MAP_RECORDS, "\x10k", "v");
		const uint64_t put = map_version(m);
		assert_true(put > begun);
		assert_int_equal(map_get(m, MAP_RECORDS, span_str("\x10k"), &value), ERR_OK);
		assert_int_equal(map_version(m), put);
		assert_int_equal(map_transact(m, change, NULL), ERR_OK);
		assert_true(map_version(m) > put);
		assert_int_equal(map_close(m), ERR_OK);
		place_remove(&p);
	}
}

static void pressure_and_drain(void **state)
{
	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		struct place p;
		place_make(&p, (enum kind)kind);
		p.config.memtable_max = 1u << 20;
		p.config.commit_ms = 60000; /* so that only pressure starts a commit */
		struct map *m = place_open(&p);
		atomic_bool drained = false;
		map_on_drain(m, on_drain, &drained);
		cleanup(batch_freep) struct batch *b = batch_new();
		for (uint32_t i = 0; i < 40; i++) {
			struct buf v = BUF_INIT;
			memset(buf_extend(&v, 100000), 1, 100000);
			batch_put_buf(b, MAP_BLOCK, SPAN(&i, sizeof(i)), &v);
		}
		assert_false(map_pressure(m));
		assert_int_equal(map_apply(m, b), ERR_OK);
		for (int i = 0; i < 10000 && (map_pressure(m) || !drained); i++)
			usleep(1000);
		assert_true(drained && !map_pressure(m));
		map_on_drain(m, NULL, NULL);
		assert_int_equal(map_close(m), ERR_OK);
		place_remove(&p);
	}
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_over_the_limits_is_refused_whole),
		cmocka_unit_test(the_last_op_on_a_key_wins),
		cmocka_unit_test(tables_do_not_mix),
		cmocka_unit_test(newer_layers_hide_older_ones),
		cmocka_unit_test(a_scan_ends_with_the_visitors_error),
		cmocka_unit_test(a_refused_transaction_leaves_nothing),
		cmocka_unit_test(a_transaction_sees_a_buffered_write),
		cmocka_unit_test(what_is_stopped_decides_after_what_was_buffered),
		cmocka_unit_test(a_freeze_lasts_as_long_as_somebody_may_wait),
		cmocka_unit_test(what_ends_as_it_was_leaves_nothing_in_the_base),
		cmocka_unit_test(blocks_are_counted),
		cmocka_unit_test(figures_follow_a_batch_to_the_base),
		cmocka_unit_test(a_version_stays_as_long_as_what_is_read),
		cmocka_unit_test(pressure_and_drain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
