/* SPDX-License-Identifier: MIT
 * Sealed blocks: what is read back is what was written, and no changed byte passes.
 */
#include "util/cleanup.h"
#include "vault/objects/block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/vectors.h"

static const uint8_t file_key[32] = { 0xf1 };

static struct keyring *keyring(enum cipher c)
{
	static const struct id vault = { { 0xaa } };
	static const struct hash genesis = { { 0xbb } };
	struct key root;
	memset(&root, 0xcc, sizeof(root));
	struct keyring *k = keyring_new(c, vault, genesis);
	assert_non_null(k);
	assert_int_equal(keyring_add(k, 1, genesis, &root), ERR_OK);
	return k;
}

static void fill(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 131 + (i >> 8));
}

static const uint32_t lengths[] = {
	1, 15, BLOCK_CHUNK - 1, BLOCK_CHUNK, BLOCK_CHUNK + 1, 3 * BLOCK_CHUNK, BLOCK_SIZE - 1, BLOCK_SIZE
};

static void any_range_reads_back(void **state)
{
	(void)state;
	static uint8_t data[BLOCK_SIZE], got[BLOCK_SIZE];
	fill(data, sizeof(data));
	for (unsigned c = CIPHER_AES256GCM; c <= CIPHER_CHACHA20POLY1305; c++) {
		cleanup(keyring_freep) struct keyring *k = keyring(c);
		for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
			cleanup(buf_free) struct buf out = BUF_INIT;
			struct pending_block p;
			struct id id;
			struct hash hash;
			uint32_t n = lengths[i], from[] = { 0, n / 3, n - 1, n }, len[] = { n, 1, 0, n / 2 };
			buf_put(&out, "before", 6);
			assert_int_equal(block_seal(k, file_key, SPAN(data, n), &id, &p, &out), ERR_OK);
			struct span sealed = SPAN(out.p + 6, out.len - 6);
			assert_int_equal(p.length, n);
			assert_int_equal(p.epoch, 1);
			assert_int_equal(sealed.len, block_sealed_size(n));
			assert_int_equal(crypto_sha256(sealed, &hash), ERR_OK);
			assert_true(hash_eq(hash, p.hash));
			for (size_t a = 0; a < 16; a++) {
				uint32_t off = from[a / 4], l = MIN(len[a % 4], n - off);
				assert_int_equal(block_open(k, BLOCK_REF(file_key, id, 1, n), sealed, off, l, got),
				                 ERR_OK);
				assert_memory_equal(got, data + off, l);
			}
			assert_int_equal(block_open(k, BLOCK_REF(file_key, id, 1, n), sealed, 1, n, got), ERR_INVAL);
			assert_int_equal(block_open(k, BLOCK_REF(file_key, id, 1, n), sealed, UINT32_MAX, 2, got),
			                 ERR_INVAL);
		}
	}
}

/* After a restore or in a clone the same data may be sealed again under the same key: never with the same nonce. */
static void the_same_data_is_never_sealed_alike(void **state)
{
	(void)state;
	static uint8_t data[100];
	cleanup(keyring_freep) struct keyring *k = keyring(CIPHER_AES256GCM);
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	struct pending_block p, q;
	struct id id_a, id_b;
	assert_int_equal(block_seal(k, file_key, SPAN(data, sizeof(data)), &id_a, &p, &a), ERR_OK);
	assert_int_equal(block_seal(k, file_key, SPAN(data, sizeof(data)), &id_b, &q, &b), ERR_OK);
	assert_false(id_eq(id_a, id_b));
	assert_int_equal(a.len, b.len);
	assert_memory_not_equal(a.p, b.p, a.len);
}

static void a_changed_byte_is_found_in_its_chunk_only(void **state)
{
	(void)state;
	static uint8_t data[2 * BLOCK_CHUNK + 100], got[BLOCK_CHUNK];
	cleanup(keyring_freep) struct keyring *k = keyring(CIPHER_AES256GCM);
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct pending_block p;
	struct id id;
	uint32_t n = sizeof(data);
	fill(data, n);
	assert_int_equal(block_seal(k, file_key, SPAN(data, n), &id, &p, &out), ERR_OK);
	for (size_t at = 0; at < out.len; at += at < n ? 997 : 1) {
		uint32_t bad = at < n ? (uint32_t)at / BLOCK_CHUNK : ((uint32_t)at - n) / TAG_LEN;
		out.p[at] ^= 0x40;
		for (uint32_t i = 0; i < 3; i++) {
			uint32_t len = MIN(BLOCK_CHUNK, n - i * BLOCK_CHUNK);
			assert_int_equal(
			        block_open(k, BLOCK_REF(file_key, id, 1, n), buf_span(&out), i * BLOCK_CHUNK, len, got),
			        i == bad ? ERR_DAMAGED : ERR_OK);
		}
		out.p[at] ^= 0x40;
	}
}

static void a_block_opens_only_as_itself(void **state)
{
	(void)state;
	static uint8_t data[2 * BLOCK_CHUNK], got[2 * BLOCK_CHUNK];
	static const uint8_t other_key[32] = { 0xf2 };
	cleanup(keyring_freep) struct keyring *k = keyring(CIPHER_CHACHA20POLY1305);
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct pending_block p;
	struct key root2 = { { 9 } };
	struct id id, other_id;
	assert_int_equal(block_seal(k, file_key, SPAN(data, sizeof(data)), &id, &p, &out), ERR_OK);
	assert_int_equal(keyring_add(k, 2, hash_from(root2.b), &root2), ERR_OK);
	other_id = id;
	other_id.b[15] ^= 1;
	struct span s = buf_span(&out);
	assert_int_equal(block_open(k, BLOCK_REF(file_key, id, 1, sizeof(data)), s, 0, 10, got), ERR_OK);
	assert_int_equal(block_open(k, BLOCK_REF(other_key, id, 1, sizeof(data)), s, 0, 10, got), ERR_DAMAGED);
	assert_int_equal(block_open(k, BLOCK_REF(file_key, other_id, 1, sizeof(data)), s, 0, 10, got), ERR_DAMAGED);
	assert_int_equal(block_open(k, BLOCK_REF(file_key, id, 2, sizeof(data)), s, 0, 10, got), ERR_DAMAGED);
	assert_int_equal(block_open(k, BLOCK_REF(file_key, id, 3, sizeof(data)), s, 0, 10, got), ERR_NOTFOUND);
	/* cut off after its first chunk, which then is not marked as the last */
	uint8_t cut[BLOCK_CHUNK + TAG_LEN];
	memcpy(cut, out.p, BLOCK_CHUNK);
	memcpy(cut + BLOCK_CHUNK, out.p + 2 * BLOCK_CHUNK, TAG_LEN);
	assert_int_equal(block_open(k, BLOCK_REF(file_key, id, 1, BLOCK_CHUNK), SPAN(cut, sizeof(cut)), 0, 10, got),
	                 ERR_DAMAGED);
	assert_int_equal(block_open(k, BLOCK_REF(file_key, id, 1, sizeof(data)), SPAN(out.p, out.len - 1), 0, 10, got),
	                 ERR_DAMAGED);
	/* chunks swapped */
	struct block_reader *r;
	assert_int_equal(block_reader_new(k, BLOCK_REF(file_key, id, 1, sizeof(data)), &r), ERR_OK);
	assert_int_equal(block_open_chunk(r, 1, SPAN(out.p, BLOCK_CHUNK), out.p + 2 * BLOCK_CHUNK, got), ERR_DAMAGED);
	assert_int_equal(block_open_chunk(r, 0, SPAN(out.p, BLOCK_CHUNK), out.p + 2 * BLOCK_CHUNK, got), ERR_OK);
	assert_int_equal(block_open_chunk(r, 2, SPAN(out.p, BLOCK_CHUNK), out.p + 2 * BLOCK_CHUNK, got), ERR_INVAL);
	block_reader_freep(&r);
}

static void sizes_out_of_range_are_refused(void **state)
{
	(void)state;
	static uint8_t data[BLOCK_SIZE + 1];
	cleanup(keyring_freep) struct keyring *k = keyring(CIPHER_AES256GCM);
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct pending_block p;
	struct id id;
	struct block_reader *r;
	assert_int_equal(block_seal(k, file_key, SPAN(data, 0), &id, &p, &out), ERR_INVAL);
	assert_int_equal(block_seal(k, file_key, SPAN(data, sizeof(data)), &id, &p, &out), ERR_INVAL);
	assert_int_equal(out.len, 0);
	assert_int_equal(block_reader_new(k, BLOCK_REF(file_key, id, 1, 0), &r), ERR_DAMAGED);
	assert_int_equal(block_reader_new(k, BLOCK_REF(file_key, id, 1, BLOCK_SIZE + 1), &r), ERR_DAMAGED);
}

static void sealing_gives_the_vectors(void **state)
{
	(void)state;
	struct vector v;
	unsigned cases = 0;
	for (FILE *f = vectors_open("block.txt"); vectors_next(f, &v); cases++) {
		struct key root;
		struct pending_block p;
		cleanup(buf_free) struct buf data = BUF_INIT, out = BUF_INIT;
		enum cipher c = *(const uint8_t *)vector_get(&v, "cipher").p;
		struct keyring *k =
		        keyring_new(c, id_from(vector_get(&v, "vault").p), hash_from(vector_get(&v, "genesis").p));
		assert_non_null(k);
		memcpy(root.b, vector_get(&v, "root").p, 32);
		assert_int_equal(keyring_add(k, 1, hash_from(vector_get(&v, "genesis").p), &root), ERR_OK);
		struct rd size = RD(vector_get(&v, "size"));
		uint32_t n = rd_u32(&size);
		assert_non_null(buf_extend(&data, n));
		fill(data.p, n);
		assert_int_equal(block_seal_with_id(k, vector_get(&v, "file-key").p, buf_span(&data),
		                                    id_from(vector_get(&v, "id").p), &p, &out),
		                 ERR_OK);
		assert_true(hash_eq(p.hash, hash_from(vector_get(&v, "hash").p)));
		keyring_freep(&k);
	}
	assert_true(cases >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_range_reads_back),
		cmocka_unit_test(the_same_data_is_never_sealed_alike),
		cmocka_unit_test(a_changed_byte_is_found_in_its_chunk_only),
		cmocka_unit_test(a_block_opens_only_as_itself),
		cmocka_unit_test(sizes_out_of_range_are_refused),
		cmocka_unit_test(sealing_gives_the_vectors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
