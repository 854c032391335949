/* SPDX-License-Identifier: MIT
 * The codec of the engine's own records: cut short, of another version, what no encoder writes. The keys of its
 * records.
 */
#include "sync/core/queue.h"
#include "sync/core/state.h"
#include "sync/core/state_form.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static void encode(struct buf *out)
{
	struct stream s = { .epoch = 3, .head_counter = 4, .closed = true, .closed_at = 5, .covered = 6, .time = 9 };
	s.seen.n = 8;
	s.applied.n = 7;
	memset(s.id.b, 1, ID_LEN);
	memset(s.hash.b, 3, HASH_LEN);
	memset(s.closed_hash.b, 2, HASH_LEN);
	state_stream_encode(&s, out);
	assert_int_equal(buf_ok(out), ERR_OK);
}

static void test_a_stream_comes_back_whole(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct stream s;
	encode(&v);
	assert_int_equal(state_stream_decode(buf_span(&v), &s), ERR_OK);
	assert_true(s.epoch == 3 && s.head_counter == 4 && s.closed && s.closed_at == 5 && s.covered == 6);
	assert_true(s.hash.b[HASH_LEN - 1] == 3 && s.number == UINT64_C(0x0303030303030303));
	assert_true(s.time == 9);
	assert_true(s.seen.n == 8 && s.applied.n == 7 && s.id.b[0] == 1 && s.closed_hash.b[HASH_LEN - 1] == 2);
}

static void test_what_is_cut_or_too_new_is_refused(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct stream s = { .epoch = 99 };
	encode(&v);
	for (size_t n = 0; n < v.len; n++)
		assert_int_equal(state_stream_decode(SPAN(v.p, n), &s), ERR_DAMAGED);
	for (uint8_t other = 2; other <= 5; other += 3) {
		v.p[0] = other;
		assert_int_equal(state_stream_decode(buf_span(&v), &s), ERR_VERSION);
	}
	assert_int_equal(s.epoch, 99);
}

/* CLOSED_BYTE: where version 4 says that a stream is closed. */
#define CLOSED_BYTE (1 + 16 + 32 + 16 + 32 + 2 * (8 + 32) + 4 + 8)

static void test_what_no_encoder_writes_is_refused(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf v = BUF_INIT, m = BUF_INIT;
	struct state st = { .n = 4, .confirmed = 3, .stopped = STOPPED_FORK, .text = "why" };
	struct stream s;
	encode(&v);
	assert_int_equal(v.p[CLOSED_BYTE], 1);
	v.p[CLOSED_BYTE] = 2;
	assert_int_equal(state_stream_decode(buf_span(&v), &s), ERR_DAMAGED);
	state_encode(&st, &m);
	assert_int_equal(state_decode(buf_span(&m), &st), ERR_OK);
	m.p[m.len - 2] = 0; /* within the text, which is told as a string */
	assert_int_equal(state_decode(buf_span(&m), &st), ERR_DAMAGED);
}

/* Version 3 was the same without the time. */
static void test_a_stream_of_the_version_before_is_read(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct stream s;
	encode(&v);
	v.p[0] = 3;
	assert_int_equal(state_stream_decode(buf_span(&v), &s), ERR_DAMAGED);
	assert_int_equal(state_stream_decode(SPAN(v.p, v.len - 8), &s), ERR_OK);
	assert_true(s.covered == 6 && !s.time);
}

/* What is on the disks of devices: a key that is renamed loses what they know. docs/sync.md, "What is kept where". */
static void test_keys_are_those_of_every_version(void **state)
{
	(void)state;
	static const char *const keys[][2] = {
		{ STATE_MAIN, "sync.main" },
		{ STATE_STREAM, "sync.stream." },
		{ STATE_CHECKPOINT, "sync.ckpt." },
		{ STATE_STATEMENT, "sync.statement." },
	};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_string_equal(keys[i][0], keys[i][1]);
	assert_true(QUEUE_BLOCK == 'B' && QUEUE_SEGMENT == 'S' && QUEUE_OBJECT == 'O');
	assert_true(QUEUE_UPLOAD_PINNED == 'H' && QUEUE_PACKING == 'C' && QUEUE_RETAINED == 'K');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_stream_comes_back_whole),
		cmocka_unit_test(test_what_is_cut_or_too_new_is_refused),
		cmocka_unit_test(test_what_no_encoder_writes_is_refused),
		cmocka_unit_test(test_a_stream_of_the_version_before_is_read),
		cmocka_unit_test(test_keys_are_those_of_every_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
