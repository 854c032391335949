/* SPDX-License-Identifier: MIT
 * The keys that records have are what genesis, statements and starts say, whatever else stands beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#include "tests/unit/header_world.h"
#include "vault/keys/record_keys.h"

struct hoard { /* a vault, and its header */
	struct hall h;
	struct header header;
	struct keyring *k; /* without a root */
};

static void begin(struct hoard *x)
{
	*x = (struct hoard){ 0 };
	hall_begin(&x->h, NULL);
	ok(create_header(&x->h.c, &x->header));
	x->k = keyring_new(x->header.g.cipher, x->header.g.vault, x->header.genesis_hash);
	assert_non_null(x->k);
}

static void end(struct hoard *x)
{
	keyring_freep(&x->k);
	header_free(&x->header);
	hall_end(&x->h);
}

static err_t roots(struct hoard *x)
{
	struct view v = records_view(&x->h.recs);
	return record_keys_roots(&v, &x->header, x->k);
}

/* record: in the place of what is there: `number` is the MAP, its keys `n` of 32 bytes. */
static void record(struct hoard *x, const struct vault_name *n, struct span start, const uint8_t (*keys)[32],
                   size_t count)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_key key = vault_key_of(n);
	if (start.len)
		group_value(&r, 1, STAMP_ZERO, start);
	size_t map = group_open(&r, n->kind == SHARED_EPOCH ? 2 : 1, GROUP_MAP, STAMP_ZERO);
	for (size_t i = 0; i < count; i++)
		group_close(&r, group_key(&r, STAMP_ZERO, SPAN(keys[i], 32)));
	group_close(&r, map);
	ok(record_encode(&r, &value));
	ok(records_put(&x->h.recs, vault_key_span(&key), buf_span(&value)));
}

static struct vault_name first_epoch(const struct hoard *x)
{
	return (struct vault_name){ .kind = SHARED_EPOCH, .hash = x->header.genesis_hash, .number = 1 };
}

static void is_root(const struct hoard *x, uint32_t number)
{
	struct key got, want;
	ok(keyring_epoch_root(x->k, number, &got));
	ok(hall_root(&x->h, number, &want));
	assert_memory_equal(got.b, want.b, sizeof(got.b));
}

static void root_1_is_the_one_of_genesis(void **state)
{
	(void)state;
	cleanup(end) struct hoard x;
	begin(&x);
	ok(roots(&x));
	assert_int_equal(keyring_epoch(x.k), 1);
	is_root(&x, 1);
	ok(roots(&x)); /* again */
}

static void junk_beside_it_is_passed_over(void **state)
{
	(void)state;
	cleanup(end) struct hoard x;
	uint8_t keys[3][32] = { { 0 } };
	struct key root;
	begin(&x);
	struct vault_name n = first_epoch(&x);
	ok(hall_root(&x.h, 1, &root));
	memcpy(keys[1], root.b, sizeof(root.b));
	memset(keys[2], 0xff, sizeof(keys[2]));
	record(&x, &n, SPAN(NULL, 0), keys, 3);
	ok(roots(&x));
	is_root(&x, 1);
}

static void without_it_there_is_none(void **state)
{
	(void)state;
	cleanup(end) struct hoard x;
	const uint8_t junk[1][32] = { { 5 } };
	begin(&x);
	struct vault_name n = first_epoch(&x);
	record(&x, &n, SPAN(NULL, 0), junk, 1);
	assert_int_equal(roots(&x), ERR_NOTFOUND);
	struct vault_key key = vault_key_of(&n);
	records_drop(&x.h.recs, vault_key_span(&key));
	assert_int_equal(roots(&x), ERR_NOTFOUND);
	uint8_t keys[1][32];
	struct key root;
	ok(hall_root(&x.h, 1, &root));
	memcpy(keys[0], root.b, sizeof(root.b));
	n.hash.b[0] ^= 1; /* under another id: as an epoch of another vault */
	record(&x, &n, SPAN(NULL, 0), keys, 1);
	assert_int_equal(roots(&x), ERR_NOTFOUND);
	assert_int_equal(keyring_claimed(x.k), 0);
}

static void a_later_root_is_the_one_of_its_start(void **state)
{
	(void)state;
	for (unsigned wrong = 0; wrong < 3; wrong++) { /* nothing; the root; the start's id */
		cleanup(end) struct hoard x;
		cleanup(buf_free) struct buf start = BUF_INIT;
		uint8_t keys[1][32];
		begin(&x);
		struct vault_name n = { .kind = SHARED_EPOCH, .number = 2 };
		n.hash = hall_start(&x.h, 2, x.h.c.recovery, 0, &start);
		memset(keys[0], wrong == 1 ? 9 : 2, sizeof(keys[0]));
		n.hash.b[0] ^= wrong == 2;
		record(&x, &n, buf_span(&start), keys, 1);
		ok(roots(&x));
		assert_int_equal(keyring_claimed(x.k), wrong ? 1 : 2);
		if (!wrong)
			is_root(&x, 2);
	}
}

static void a_mix_key_is_the_one_that_is_said(void **state)
{
	(void)state;
	cleanup(end) struct hoard x;
	uint8_t keys[2][32] = { { 0 } };
	struct key got;
	begin(&x);
	const struct signer_mine *slot = x.h.c.recovery;
	struct vault_name n = { .kind = SHARED_SLOT, .id = slot->id };
	struct view v = records_view(&x.h.recs);
	ok(record_keys_mix(&v, slot->id, slot->mix_hash, &got));
	assert_memory_equal(got.b, slot->mix.b, sizeof(got.b));
	record(&x, &n, SPAN(NULL, 0), keys, 1);
	assert_int_equal(record_keys_mix(&v, slot->id, slot->mix_hash, &got), ERR_NOTFOUND);
	memcpy(keys[1], slot->mix.b, sizeof(slot->mix.b));
	record(&x, &n, SPAN(NULL, 0), keys, 2);
	ok(record_keys_mix(&v, slot->id, slot->mix_hash, &got));
	assert_memory_equal(got.b, slot->mix.b, sizeof(got.b));
	assert_int_equal(record_keys_mix(&v, x.h.c.device->id, slot->mix_hash, &got), ERR_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_1_is_the_one_of_genesis),
		cmocka_unit_test(junk_beside_it_is_passed_over),
		cmocka_unit_test(without_it_there_is_none),
		cmocka_unit_test(a_later_root_is_the_one_of_its_start),
		cmocka_unit_test(a_mix_key_is_the_one_that_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
