/* SPDX-License-Identifier: MIT
 * Sealed blocks of format 2: what is read back is what was written, and no changed byte passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/vectors.h"
#include "util/cleanup.h"
#include "vault/objects/block.h"
#include "vault/keys/epoch_keys.h"

#define ok(e) assert_int_equal(e, ERR_OK)

static const struct key blocks = { { 0xcc } };
static const uint8_t file_key[32] = { 0xf1 };
static const struct block_keys aes = { CIPHER_AES256GCM, &blocks, file_key };
static const struct block_keys chacha = { CIPHER_CHACHA20POLY1305, &blocks, file_key };

static void fill(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 131 + (i >> 8));
}

static const uint32_t lengths[] = {
	1, 15, BLOCK_CHUNK - 1, BLOCK_CHUNK, BLOCK_CHUNK + 1, 3 * BLOCK_CHUNK, BLOCK_SIZE - 1, BLOCK_SIZE
};

static void check_ranges(const struct block_keys *k, struct span sealed, const uint8_t *data, uint32_t n)
{
	static uint8_t got[BLOCK_SIZE];
	const uint32_t from[] = { 0, n / 3, n - 1, n }, len[] = { n, 1, 0, n / 2 };
	for (size_t a = 0; a < 16; a++) {
		uint32_t off = from[a / 4], l = MIN(len[a % 4], n - off);
		ok(block_open(k, sealed, off, l, got));
		assert_memory_equal(got, data + off, l);
	}
	assert_int_equal(block_open(k, sealed, 1, n, got), ERR_INVAL);
	assert_int_equal(block_open(k, sealed, UINT32_MAX, 2, got), ERR_INVAL);
}

static void check_length(const struct block_keys *k, uint32_t n)
{
	static uint8_t data[BLOCK_SIZE];
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct hash hash, other;
	fill(data, n);
	buf_put(&out, "before", 6);
	ok(block_seal(k, SPAN(data, n), &out, &hash));
	struct span sealed = SPAN(out.p + 6, out.len - 6);
	assert_int_equal(sealed.len, block_sealed(n));
	assert_int_equal(block_length(sealed.len), n);
	ok(block_check(sealed, n, hash));
	other = hash;
	other.b[31] ^= 1;
	assert_int_equal(block_check(sealed, n, other), ERR_DAMAGED);
	assert_int_equal(block_check(sealed, n + 1, hash), ERR_DAMAGED);
	assert_memory_equal(block_id(hash).b, hash.b, ID_LEN);
	check_ranges(k, sealed, data, n);
}

static void any_range_reads_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		check_length(&aes, lengths[i]);
		check_length(&chacha, lengths[i]);
	}
}

static void each_size_of_a_sealed_form_is_of_one_length(void **state)
{
	(void)state;
	size_t sealed = 0;
	for (uint32_t n = 1; n <= BLOCK_SIZE; n++) {
		for (sealed++; sealed < block_sealed(n); sealed++)
			assert_int_equal(block_length(sealed), 0);
		assert_int_equal(block_length(sealed), n);
	}
	assert_int_equal(block_length(sealed + 1), 0);
	assert_int_equal(block_length(SIZE_MAX), 0);
}

/* After a restore or in a clone the same data may be sealed again under the same key: never with the same nonce. */
static void the_same_data_is_never_sealed_alike(void **state)
{
	(void)state;
	static const uint8_t data[100];
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	struct hash ha, hb;
	ok(block_seal(&aes, SPAN(data, sizeof(data)), &a, &ha));
	ok(block_seal(&aes, SPAN(data, sizeof(data)), &b, &hb));
	assert_memory_not_equal(a.p, b.p, BLOCK_SALT);
	assert_memory_not_equal(a.p + BLOCK_SALT, b.p + BLOCK_SALT, sizeof(data));
	assert_false(hash_eq(ha, hb));
}

/* is_touched: whether byte `at` of the sealed form has to do with chunk `i`; the salt has with all. */
static bool is_touched(uint32_t n, uint32_t i, size_t at)
{
	struct block_chunk c = block_chunk_of(n, i);
	return at < BLOCK_SALT || (at >= c.sealed_at && at < c.sealed_at + c.len) ||
	       (at >= c.tag_at && at < c.tag_at + TAG_LEN);
}

static void a_changed_byte_is_found_in_its_chunk_only(void **state)
{
	(void)state;
	static uint8_t data[2 * BLOCK_CHUNK + 100], got[BLOCK_CHUNK];
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct hash hash;
	uint32_t n = sizeof(data);
	fill(data, n);
	ok(block_seal(&aes, SPAN(data, n), &out, &hash));
	for (size_t at = 0; at < out.len; at += at < n && at >= BLOCK_SALT ? 997 : 1) {
		out.p[at] ^= 0x40;
		assert_int_equal(block_check(buf_span(&out), n, hash), ERR_DAMAGED);
		for (uint32_t i = 0; i < 3; i++) {
			struct block_chunk c = block_chunk_of(n, i);
			assert_int_equal(block_open(&aes, buf_span(&out), c.start, c.len, got),
			                 is_touched(n, i, at) ? ERR_DAMAGED : ERR_OK);
		}
		out.p[at] ^= 0x40;
	}
}

static void a_block_opens_only_under_its_keys(void **state)
{
	(void)state;
	static const uint8_t data[2 * BLOCK_CHUNK], other_key[32] = { 0xf2 };
	static const struct key other_epoch = { { 0xcd } };
	const struct block_keys wrong[] = { { CIPHER_AES256GCM, &blocks, other_key },
		                            { CIPHER_AES256GCM, &other_epoch, file_key },
		                            chacha };
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct hash hash;
	uint8_t got[10];
	ok(block_seal(&aes, SPAN(data, sizeof(data)), &out, &hash));
	ok(block_open(&aes, buf_span(&out), 0, 10, got));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(block_open(&wrong[i], buf_span(&out), 0, 10, got), ERR_DAMAGED);
	assert_int_equal(block_open(&aes, SPAN(out.p, out.len - 1), 0, 10, got), ERR_DAMAGED);
	assert_int_equal(block_open(&aes, SPAN(out.p, 0), 0, 0, got), ERR_DAMAGED);
}

static void chunks_open_in_their_place_only(void **state)
{
	(void)state;
	static uint8_t data[2 * BLOCK_CHUNK], got[BLOCK_CHUNK];
	cleanup(block_reader_freep) struct block_reader *r = NULL;
	cleanup(buf_free) struct buf out = BUF_INIT, cut = BUF_INIT;
	struct hash hash;
	uint32_t n = sizeof(data);
	fill(data, n);
	ok(block_seal(&chacha, SPAN(data, n), &out, &hash));
	struct block_chunk c = block_chunk_of(n, 0), last = block_chunk_of(n, 1);
	struct span first = SPAN(out.p + c.sealed_at, c.len);
	ok(block_reader_new(&chacha, id_from(out.p), n, &r));
	ok(block_open_chunk(r, 0, first, out.p + c.tag_at, got));
	assert_memory_equal(got, data, BLOCK_CHUNK);
	ok(block_open_chunk(r, 1, SPAN(out.p + last.sealed_at, last.len), out.p + last.tag_at, got));
	assert_memory_equal(got, data + BLOCK_CHUNK, BLOCK_CHUNK);
	assert_int_equal(block_open_chunk(r, 1, first, out.p + c.tag_at, got), ERR_DAMAGED);
	assert_int_equal(block_open_chunk(r, 2, first, out.p + c.tag_at, got), ERR_INVAL);
	assert_int_equal(block_open_chunk(r, 0, SPAN(first.p, first.len - 1), out.p + c.tag_at, got), ERR_DAMAGED);
	/* cut off after its first chunk, which then is not marked as the last */
	buf_put(&cut, out.p, BLOCK_SALT + BLOCK_CHUNK);
	buf_put(&cut, out.p + c.tag_at, TAG_LEN);
	assert_int_equal(block_open(&chacha, buf_span(&cut), 0, 10, got), ERR_DAMAGED);
}

static void sizes_out_of_range_are_refused(void **state)
{
	(void)state;
	static uint8_t data[BLOCK_SIZE + 1];
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct block_reader *r;
	struct hash hash = { { 0 } };
	assert_int_equal(block_seal(&aes, SPAN(data, 0), &out, &hash), ERR_INVAL);
	assert_int_equal(block_seal(&aes, SPAN(data, sizeof(data)), &out, &hash), ERR_INVAL);
	assert_int_equal(out.len, 0);
	assert_int_equal(block_reader_new(&aes, ID_ZERO, 0, &r), ERR_DAMAGED);
	assert_int_equal(block_reader_new(&aes, ID_ZERO, BLOCK_SIZE + 1, &r), ERR_DAMAGED);
	assert_int_equal(block_check(SPAN(data, 0), 0, hash), ERR_DAMAGED);
	assert_int_equal(block_chunk_of(BLOCK_CHUNK, 1).len, 0);
}

/* epoch_of: E as it stands in the vectors. */
static struct epoch_at epoch_of(struct span e)
{
	struct rd r = RD(e);
	struct epoch_at at = {
		.vault = rd_id(&r)
	}; /* one after the other: C says nothing of the order within an initialiser */
	at.genesis = rd_hash(&r);
	at.number = rd_u32(&r);
	at.id = rd_hash(&r);
	assert_true(rd_end(&r));
	return at;
}

static void check_vector(const struct vector *v)
{
	struct key root, key;
	struct hash hash;
	cleanup(buf_free) struct buf data = BUF_INIT, out = BUF_INIT, back = BUF_INIT;
	struct epoch_at at = epoch_of(vector_get(v, "epoch"));
	struct rd size = RD(vector_get(v, "size"));
	uint32_t n = rd_u32(&size);
	memcpy(root.b, vector_get(v, "root").p, sizeof(root.b));
	ok(epoch_key(&root, &at, KEY_BLOCKS, &key));
	struct block_keys k = { *(const uint8_t *)vector_get(v, "cipher").p, &key, vector_get(v, "file-key").p };
	assert_non_null(buf_extend(&data, n));
	fill(data.p, n);
	ok(block_seal_with_salt(&k, id_from(vector_get(v, "salt").p), buf_span(&data), &out, &hash));
	assert_true(hash_eq(hash, hash_from(vector_get(v, "hash").p)));
	assert_memory_equal(out.p, vector_get(v, "begins").p, MIN(out.len, 64));
	assert_non_null(buf_extend(&back, n));
	ok(block_open(&k, buf_span(&out), 0, n, back.p));
	assert_memory_equal(back.p, data.p, n);
}

static void sealing_gives_the_vectors(void **state)
{
	(void)state;
	struct vector v;
	unsigned cases = 0;
	for (FILE *f = vectors_open("blocks.txt"); vectors_next(f, &v);) {
		if (strcmp(v.name[0], "cipher"))
			continue; /* a segment: test_vault_segment.c */
		check_vector(&v);
		cases++;
	}
	assert_int_equal(cases, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_range_reads_back),
		cmocka_unit_test(each_size_of_a_sealed_form_is_of_one_length),
		cmocka_unit_test(the_same_data_is_never_sealed_alike),
		cmocka_unit_test(a_changed_byte_is_found_in_its_chunk_only),
		cmocka_unit_test(a_block_opens_only_under_its_keys),
		cmocka_unit_test(chunks_open_in_their_place_only),
		cmocka_unit_test(sizes_out_of_range_are_refused),
		cmocka_unit_test(sealing_gives_the_vectors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
