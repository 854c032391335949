/* SPDX-License-Identifier: MIT
 * Parts of commits of format 2: what no encoder writes is refused, each rule broken alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "util/cleanup.h"
#include "vault/join/varint.h"
#include "vault/objects/commit.h"

#define ok(e) assert_int_equal(e, ERR_OK)

/* -- a commit that is right, and one that is written without a look ------------------------------------------------ */

static uint8_t hashes[2 * HASH_LEN];
static struct position positions[2] = { { 3, 1, { { 1 } } }, { 8, 2, { { 2 } } } };
static struct span purge[2] = { { "\x43"
	                          "a",
	                          2 },
	                        { "\x43"
	                          "b",
	                          2 } };
static struct extension extensions[2] = { { 1, { "", 0 } }, { 9, { "x", 1 } } };
static struct buf start, recipients;

static void put_box(struct buf *out, uint8_t id, uint8_t suite, size_t len)
{
	uint8_t box[300] = { suite };
	buf_id(out, (struct id){ { id } });
	buf_blob16(out, SPAN(box, len));
}

static void put_start(uint8_t version, uint32_t number, uint8_t first_cause)
{
	buf_clear(&start);
	buf_u8(&start, version);
	buf_u32(&start, number);
	buf_u16(&start, 2);
	buf_hash(&start, (struct hash){ { first_cause } });
	buf_hash(&start, (struct hash){ { 2 } });
	buf_hash(&start, HASH_ZERO); /* commitment */
}

static void put_boxes(struct buf *out, uint8_t first, uint8_t suite, size_t len)
{
	buf_u16(out, 2);
	put_box(out, first, suite, len);
	put_box(out, 2, 1, 177);
}

static struct commit sample(void)
{
	struct commit c = {
		.stream = 5, .n = 7, .part = 2, .parts = 3, .previous = { { 1 } }, .lamport = 300, .rules = 1
	};
	c.vv = (struct vv){ .v = positions, .n = 2 };
	c.purge = (struct key_list){ .v = purge, .n = 2 };
	c.part_hashes = hashes;
	c.extensions = (struct extensions){ .v = extensions, .n = 2 };
	put_start(1, 2, 1);
	put_boxes(&start, 1, 1, 177);
	buf_clear(&recipients);
	put_boxes(&recipients, 1, 1, 177);
	c.start = buf_span(&start);
	c.recipients = buf_span(&recipients);
	c.pack = SPAN("\0\0", 2);
	return c;
}

static void put_lists(const struct commit *c, struct buf *out)
{
	varint_put(out, c->purge.n);
	for (size_t i = 0; i < c->purge.n; i++)
		blob_put(out, c->purge.v[i]);
	buf_put(out, c->part_hashes, c->parts ? (size_t)(c->parts - 1) * HASH_LEN : 0);
	varint_put(out, c->extensions.n);
	for (size_t i = 0; i < c->extensions.n; i++) {
		varint_put(out, c->extensions.v[i].number);
		blob_put(out, c->extensions.v[i].bytes);
	}
}

static void put_positions(const struct vv *a, struct buf *out)
{
	varint_put(out, a->n);
	for (size_t i = 0; i < a->n; i++) {
		buf_u64(out, a->v[i].stream);
		varint_put(out, a->v[i].n);
		buf_id(out, a->v[i].hash);
	}
}

/* write_it: as the page has it, whatever is in it. `checkpoints`: how many. */
static void write_it(const struct commit *c, uint8_t version, uint8_t checkpoints, struct buf *out)
{
	static const uint8_t some[ID_LEN + HASH_LEN];
	buf_u8(out, version);
	buf_u64(out, c->stream);
	varint_put(out, c->n);
	varint_put(out, c->part);
	varint_put(out, c->parts);
	if (commit_is_last(c)) {
		buf_hash(out, c->previous);
		buf_u64(out, (uint64_t)c->time);
		varint_put(out, c->lamport);
		buf_id(out, c->nonce);
		varint_put(out, c->rules);
		put_positions(&c->vv, out);
		buf_hash(out, c->digest);
		buf_hash(out, c->tree);
		buf_u8(out, checkpoints);
		for (; checkpoints > 0; checkpoints--)
			buf_put(out, some, sizeof(some));
		blob_put(out, c->start);
		blob_put(out, c->recipients);
		put_lists(c, out);
	}
	buf_put(out, c->pack.p, c->pack.len);
	ok(buf_ok(out));
}

static void same(const struct commit *c)
{
	cleanup(buf_free) struct buf mine = BUF_INIT, out = BUF_INIT, again = BUF_INIT;
	cleanup(commit_free) struct commit back = { 0 };
	write_it(c, 2, 0, &mine);
	ok(commit_encode(c, &out));
	assert_int_equal(span_cmp(buf_span(&mine), buf_span(&out)), 0);
	ok(commit_decode(buf_span(&out), &back));
	ok(commit_encode(&back, &again));
	assert_int_equal(span_cmp(buf_span(&again), buf_span(&out)), 0);
}

/* refused: by encoder and decoder. */
static void refused(const char *why, const struct commit *c)
{
	cleanup(buf_free) struct buf mine = BUF_INIT, out = BUF_INIT;
	cleanup(commit_free) struct commit back = { 0 };
	print_message("%s\n", why);
	write_it(c, 2, 0, &mine);
	assert_int_equal(commit_decode(buf_span(&mine), &back), ERR_DAMAGED);
	assert_int_equal(commit_encode(c, &out), ERR_INVAL);
	assert_int_equal(out.len, 0);
}

/* -- tests ------------------------------------------------------------------------------------------------------- */

static void test_what_is_a_commit(void **state)
{
	(void)state;
	struct commit c = sample(), first = sample();
	same(&c);
	first.n = 1;
	first.previous = HASH_ZERO;
	same(&first);
	c.part = 1; /* what only the last has is not written */
	same(&c);
	first.parts = 1;
	first.part = 0;
	first.start = first.recipients = SPAN(NULL, 0);
	first.vv.n = first.purge.n = first.extensions.n = 0;
	same(&first);
}

#define REFUSED(why, change)                                                                                           \
	do {                                                                                                           \
		struct commit c = sample();                                                                            \
		change;                                                                                                \
		refused(why, &c);                                                                                      \
	} while (0)

static void test_numbers(void **state)
{
	(void)state;
	REFUSED("no stream", c.stream = 0);
	REFUSED("no n", c.n = 0);
	REFUSED("a part that is not there", c.part = 3);
	REFUSED("no parts", c.part = c.parts = 0);
	REFUSED("a first one with one before", c.n = 1);
	REFUSED("another one with none before", c.previous = HASH_ZERO);
	REFUSED("too many parts", (c.parts = COMMIT_PARTS_MAX + 1, c.part = 0));
}

static void test_lists(void **state)
{
	(void)state;
	struct position own = { 5, 6, { { 0 } } }, twice[] = { positions[1], positions[1] };
	struct span same_key[] = { purge[0], purge[0] }, local = SPAN("\x80", 1), empty = SPAN("", 0);
	struct extension same_number[] = { extensions[0], extensions[0] };
	REFUSED("a position of its own stream", (c.vv = (struct vv){ .v = &own, .n = 1 }));
	REFUSED("positions out of order", (c.vv.v = twice));
	REFUSED("purges out of order", c.purge.v = same_key);
	REFUSED("a purge of a local key", (c.purge.v = &local, c.purge.n = 1));
	REFUSED("an empty key to purge", (c.purge.v = &empty, c.purge.n = 1));
	REFUSED("extensions out of order", c.extensions.v = same_number);
	REFUSED("a pack that is none", c.pack = SPAN("\1\0", 2));
}

static void test_epochs(void **state)
{
	(void)state;
	REFUSED("no recipients", c.recipients = SPAN(NULL, 0));
	REFUSED("recipients of nothing", c.start = SPAN(NULL, 0));
	REFUSED("bytes behind the recipients", (buf_u8(&recipients, 0), c.recipients = buf_span(&recipients)));
	REFUSED("bytes behind the start", (buf_u8(&start, 0), c.start = buf_span(&start)));
}

#define START(why, version, number, cause, first, suite, len)                                                          \
	do {                                                                                                           \
		struct commit c = sample();                                                                            \
		put_start(version, number, cause);                                                                     \
		put_boxes(&start, first, suite, len);                                                                  \
		c.start = buf_span(&start);                                                                            \
		refused(why, &c);                                                                                      \
	} while (0)

static void test_starts(void **state)
{
	(void)state;
	struct commit fine = sample();
	put_start(1, 2, 1);
	put_boxes(&start, 1, 2, 200); /* of a suite to come: whatever length */
	fine.start = buf_span(&start);
	same(&fine);
	START("a version that is not known", 2, 2, 1, 1, 1, 177);
	START("the number of genesis' epoch", 1, 1, 1, 1, 1, 177);
	START("causes out of order", 1, 2, 2, 1, 1, 177);
	START("slots out of order", 1, 2, 1, 2, 1, 177);
	START("a box that is too short", 1, 2, 1, 1, 1, 176);
	START("a box without suite", 1, 2, 1, 1, 0, 177);
	START("an empty box", 1, 2, 1, 1, 1, 0);
}

static void test_checkpoint_and_version(void **state)
{
	(void)state;
	struct commit c = sample();
	for (uint8_t n = 0; n < 3; n++)
		for (uint8_t version = 1; version < 4; version++) {
			cleanup(buf_free) struct buf b = BUF_INIT;
			cleanup(commit_free) struct commit back = { 0 };
			write_it(&c, version, n, &b);
			err_t want = version == 2 && n < 2 ? ERR_OK : ERR_DAMAGED;
			assert_int_equal(commit_decode(buf_span(&b), &back), version == 3 ? ERR_VERSION : want);
			assert_int_equal(back.has_checkpoint, !want && n == 1);
		}
}

static void test_ends_early(void **state)
{
	(void)state;
	struct commit c = sample();
	cleanup(buf_free) struct buf b = BUF_INIT;
	write_it(&c, 2, 1, &b);
	for (size_t n = 0; n < b.len; n++) {
		cleanup(commit_free) struct commit back = { 0 };
		cleanup_free uint8_t *some = malloc(n + 1); /* so that a sanitizer sees a read behind it */
		assert_non_null(some);
		memcpy(some, b.p, n);
		assert_int_equal(commit_decode(SPAN(some, n), &back), ERR_DAMAGED);
	}
}

static void test_size(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct commit c = sample();
		cleanup(buf_free) struct buf plain = BUF_INIT, out = BUF_INIT;
		cleanup(commit_free) struct commit back = { 0 };
		c.part = 0;
		write_it(&c, 2, 0, &plain);
		size_t len = COMMIT_MAX - plain.len - 7 + over; /* of a value: two bytes of a key, five of lengths */
		cleanup(buf_free) struct buf pack = BUF_INIT, value = BUF_INIT;
		memset(buf_extend(&value, len), 3, len);
		buf_put(&pack, "\0\0\0\1\x40", 5);
		blob_put(&pack, buf_span(&value));
		c.pack = buf_span(&pack);
		plain.len = 0;
		write_it(&c, 2, 0, &plain);
		assert_int_equal(plain.len, COMMIT_MAX + over);
		assert_int_equal(commit_encode(&c, &out), over ? ERR_LIMIT : ERR_OK);
		assert_int_equal(out.len, over ? 0 : COMMIT_MAX);
		assert_int_equal(commit_decode(buf_span(&plain), &back), over ? ERR_DAMAGED : ERR_OK);
	}
}

static int free_all(void **state)
{
	(void)state;
	buf_free(&start);
	buf_free(&recipients);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_a_commit),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_epochs),
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_checkpoint_and_version),
		cmocka_unit_test(test_ends_early),
		cmocka_unit_test(test_size),
	};
	return cmocka_run_group_tests(tests, NULL, free_all);
}
