/* SPDX-License-Identifier: MIT
 * Segments of format 2: what their records say, and where their blocks are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/vectors.h"
#include "util/cleanup.h"
#include "vault/join/group_encode.h"
#include "vault/join/known.h"
#include "vault/join/vault_key.h"
#include "vault/objects/block.h"
#include "vault/objects/segment.h"

#define ok(e) assert_int_equal(e, ERR_OK)

static struct hash hash_of(uint8_t n)
{
	struct hash h;
	memset(h.b, n, HASH_LEN);
	return h;
}

static struct packed_block block_of(uint8_t hash, uint32_t length, uint32_t epoch, uint8_t epoch_id)
{
	return (struct packed_block){ hash_of(hash), length, short_epoch_of(epoch, hash_of(epoch_id)) };
}

/* -- what the other program has ---------------------------------------------------------------------------------- */

/* check_vector: blocks as tests/vectors/blocks.py packs them. */
static void check_vector(const struct vector *v, const struct packed_block *blocks, size_t n)
{
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	cleanup(buf_free) struct buf facts = BUF_INIT, value = BUF_INIT;
	struct id id;
	ok(segment_make(blocks, n, &f));
	for (uint8_t i = 0; i < ID_LEN; i++)
		f.salt.b[i] = i;
	ok(segment_put_facts(&facts, &f));
	ok(segment_put_record(&f, &id, &value));
	assert_int_equal(span_cmp(buf_span(&facts), vector_get(v, "facts")), 0);
	assert_int_equal(span_cmp(buf_span(&value), vector_get(v, "record")), 0);
	assert_int_equal(span_cmp(id_span(&id), vector_get(v, "id")), 0);
	struct rd places = RD(vector_get(v, "places"));
	for (size_t i = 0; i < n; i++) {
		assert_true(segment_place_of(&f, i).offset == rd_u64(&places));
		assert_int_equal(segment_place_of(&f, i).size, block_sealed(blocks[i].length));
	}
	assert_true(segment_used(&f) == rd_u64(&places));
	assert_true(rd_end(&places));
	assert_true(segment_used(&f) <= segment_size(&f));
}

static void test_vectors(void **state)
{
	(void)state;
	const struct packed_block one[] = { block_of(4, 1, 1, 2) };
	const struct packed_block four[] = { block_of(4, BLOCK_SIZE, 300, 3), block_of(5, 3, 1, 2),
		                             block_of(6, BLOCK_CHUNK + 1, 300, 2), block_of(7, BLOCK_CHUNK, 1, 2) };
	struct vector v;
	unsigned cases = 0;
	for (FILE *f = vectors_open("blocks.txt"); vectors_next(f, &v);) {
		if (strcmp(v.name[0], "facts"))
			continue;
		check_vector(&v, cases ? four : one, cases ? ARRAY_LEN(four) : 1);
		cases++;
	}
	assert_int_equal(cases, 2);
}

/* -- records ----------------------------------------------------------------------------------------------------- */

static err_t check_known(struct id id, struct span value)
{
	struct vault_key key = vault_key_of(&(struct vault_name){ .kind = SHARED_SEGMENT, .id = id });
	return known_check(vault_key_span(&key), value);
}

static void test_a_record_is_known_and_read_back(void **state)
{
	(void)state;
	const struct packed_block blocks[] = { block_of(4, 5, 2, 2), block_of(5, 6, 1, 1), block_of(6, 7, 2, 2) };
	cleanup(segment_facts_free) struct segment_facts f = { 0 }, again = { 0 };
	cleanup(segment_free) struct segment s = { 0 };
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct id id, other;
	ok(segment_make(blocks, 3, &f));
	ok(segment_put_record(&f, &id, &value));
	ok(check_known(id, buf_span(&value)));
	ok(segment_read(buf_span(&value), id, &s));
	assert_false(s.condemned);
	assert_int_equal(s.facts.blocks_n, 3);
	assert_int_equal(s.facts.epochs_n, 2);
	for (size_t i = 0; i < 3; i++) {
		const struct segment_block *b = &s.facts.blocks[i];
		assert_true(hash_eq(b->hash, blocks[i].hash));
		assert_int_equal(b->length, blocks[i].length);
		assert_memory_equal(&s.facts.epochs[b->epoch], &blocks[i].epoch, sizeof(blocks[i].epoch));
	}
	other = id;
	other.b[0] ^= 1;
	assert_int_equal(segment_read(buf_span(&value), other, &(struct segment){ 0 }), ERR_NOTFOUND);
	ok(segment_make(blocks, 3, &again)); /* of the same blocks another one */
	assert_false(id_eq(f.salt, again.salt));
}

/* with_mark: a record with a group 2 of that class, the facts' group 1 as VALUE, or absent when `facts` has none. */
static void with_mark(struct buf *out, struct span facts, enum group_class class, struct span mark)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct stamp at = { 5, 6, 7 };
	if (facts.len)
		group_value(&r, 1, STAMP_ZERO, facts);
	if (class == GROUP_VALUE) {
		group_value(&r, 2, at, mark);
	} else {
		size_t g = group_open(&r, 2, class, at);
		group_close(&r, g);
	}
	buf_clear(out);
	ok(record_encode(&r, out));
}

static void test_condemned(void **state)
{
	(void)state;
	const struct packed_block one = block_of(4, 5, 1, 2);
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	cleanup(buf_free) struct buf facts = BUF_INIT, value = BUF_INIT, time = BUF_INIT;
	struct id id;
	ok(segment_make(&one, 1, &f));
	ok(segment_put_facts(&facts, &f));
	ok(segment_id(buf_span(&facts), &id));
	buf_u64(&time, 1700000000);
	const struct {
		struct span mark;
		enum group_class class;
		bool condemned;
	} all[] = {
		{ buf_span(&time), GROUP_VALUE, true },
		{ SPAN("", 0), GROUP_VALUE, false }, /* not any more */
		{ SPAN(time.p, 7), GROUP_VALUE, false },
		{ buf_span(&time), GROUP_SCOPED, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		cleanup(segment_free) struct segment s = { 0 };
		with_mark(&value, buf_span(&facts), all[i].class, all[i].mark);
		assert_int_equal(check_known(id, buf_span(&value)), i < 2 ? ERR_OK : ERR_DAMAGED);
		ok(segment_read(buf_span(&value), id, &s));
		assert_int_equal(s.condemned, all[i].condemned);
		assert_true(s.condemned_at == (all[i].condemned ? 1700000000 : 0));
	}
	with_mark(&value, SPAN("", 0), GROUP_VALUE, buf_span(&time)); /* a commit may say the mark alone */
	ok(check_known(id, buf_span(&value)));
	assert_int_equal(segment_read(buf_span(&value), id, &(struct segment){ 0 }), ERR_NOTFOUND);
	assert_int_equal(segment_read(span_str("\3"), id, &(struct segment){ 0 }), ERR_VERSION);
	assert_int_equal(segment_read(span_str("\2"), id, &(struct segment){ 0 }), ERR_DAMAGED);
}

/* -- limits ------------------------------------------------------------------------------------------------------ */

static err_t make_of(uint32_t length, size_t n, struct segment_facts *ret)
{
	cleanup_free struct packed_block *v = calloc(n + 1, sizeof(*v));
	assert_non_null(v);
	for (size_t i = 0; i < n; i++)
		v[i] = block_of((uint8_t)i, length, 1, 1);
	return segment_make(v, n, ret);
}

static void test_limits(void **state)
{
	(void)state;
	struct segment_facts f = { 0 };
	assert_int_equal(make_of(1, 0, &f), ERR_INVAL);
	assert_int_equal(make_of(0, 1, &f), ERR_INVAL);
	assert_int_equal(make_of(BLOCK_SIZE + 1, 1, &f), ERR_INVAL);
	assert_int_equal(make_of(1, SEGMENT_BLOCKS_MAX + 1, &f), ERR_INVAL);
	ok(make_of(1, SEGMENT_BLOCKS_MAX, &f));
	segment_facts_free(&f);
	size_t most = SEGMENT_SIZE_MAX / block_sealed(BLOCK_SIZE);
	assert_int_equal(make_of(BLOCK_SIZE, most + 1, &f), ERR_INVAL);
	ok(make_of(BLOCK_SIZE, most, &f));
	assert_true(segment_used(&f) <= segment_size(&f) && segment_size(&f) <= SEGMENT_SIZE_MAX);
	assert_int_equal(segment_place_of(&f, most).size, 0);
	segment_facts_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_a_record_is_known_and_read_back),
		cmocka_unit_test(test_condemned),
		cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
