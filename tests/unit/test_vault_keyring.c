/* SPDX-License-Identifier: MIT */
#include "util/cleanup.h"
#include "vault/keys/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const struct id vault = { { 1 } };
static const struct hash genesis = { { 2 } }, id2 = { { 3 } }, id3 = { { 4 } };
static const struct key root1 = { { 11 } }, root = { { 12 } }, root3 = { { 13 } };

static struct keyring *ring_of_three(void)
{
	struct keyring *k = keyring_new(CIPHER_AES256GCM, vault, genesis);
	assert_non_null(k);
	assert_null(keyring_namehash(k));
	assert_int_equal(keyring_epoch(k), 0);
	assert_int_equal(keyring_add(k, 3, id3, &root3), ERR_OK); /* the newest is opened first */
	assert_int_equal(keyring_add(k, 1, genesis, &root1), ERR_OK);
	assert_int_equal(keyring_add(k, 2, id2, &root), ERR_OK);
	return k;
}

static void gives_back_roots_by_epoch(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = ring_of_three();
	struct key got;
	struct hash id;
	assert_int_equal(keyring_epoch(k), 3);
	assert_int_equal(keyring_epoch_root(k, 2, &got), ERR_OK);
	assert_memory_equal(&got, &root, sizeof(got));
	assert_int_equal(keyring_epoch_id(k, 2, &id), ERR_OK);
	assert_true(hash_eq(id, id2));
	assert_int_equal(keyring_epoch_root(k, 4, &got), ERR_NOTFOUND);
	assert_int_equal(keyring_key(k, 0, KEY_NAMES, &got), ERR_NOTFOUND);
	assert_memory_equal(&got, &root, sizeof(got)); /* untouched */
}

static void refuses_another_root_for_a_known_epoch(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = ring_of_three();
	assert_int_equal(keyring_add(k, 2, id2, &root), ERR_OK);
	assert_int_equal(keyring_add(k, 2, id2, &root1), ERR_EXISTS);
	assert_int_equal(keyring_add(k, 0, id2, &root), ERR_INVAL);
	assert_int_equal(keyring_add(k, 1, id2, &root), ERR_INVAL);
}

/* Two devices begin one at once: both are read with, and the greater id is written under. */
static void two_epochs_of_one_number_stand_side_by_side(void **state)
{
	(void)state;
	struct hash less = { { 1 } }, more = { { 200 } }, id;
	for (unsigned turned = 0; turned < 2; turned++) {
		cleanup(keyring_freep) struct keyring *k = keyring_new(CIPHER_AES256GCM, vault, genesis);
		struct key got, names[2];
		struct epoch_at at;
		assert_int_equal(keyring_add(k, 1, genesis, &root1), ERR_OK);
		assert_int_equal(keyring_add(k, 3, id3, &root3), ERR_OK);
		assert_int_equal(keyring_add(k, 2, turned ? more : less, turned ? &root3 : &root), ERR_OK);
		assert_int_equal(keyring_add(k, 2, turned ? less : more, turned ? &root : &root3), ERR_OK);
		assert_int_equal(keyring_claimed(k), 4);
		assert_int_equal(keyring_from(k, 2), 2);
		assert_int_equal(keyring_from(k, 3), 4);
		assert_int_equal(keyring_from(k, 4), 5);
		assert_int_equal(keyring_find(k, 2, less), 2);
		assert_int_equal(keyring_find(k, 2, more), 3);
		assert_int_equal(keyring_find(k, 2, id3), 0);
		assert_int_equal(keyring_number(k, 3), 2);
		assert_int_equal(keyring_number(k, 5), 0);
		assert_int_equal(keyring_epoch_root(k, 3, &got), ERR_OK);
		assert_memory_equal(&got, &root3, sizeof(got));
		assert_int_equal(keyring_epoch_id(k, 2, &id), ERR_OK);
		assert_true(hash_eq(id, less));
		assert_int_equal(keyring_key(k, 2, KEY_NAMES, &names[0]), ERR_OK);
		assert_int_equal(keyring_key(k, 3, KEY_NAMES, &names[1]), ERR_OK);
		assert_memory_not_equal(&names[0], &names[1], sizeof(names[0]));
		assert_int_equal(keyring_claim(k, 3, more, &root), ERR_OK); /* newer, and none that was begun */
		assert_int_equal(keyring_seals(k, KEY_BLOCKS, &at, &got), ERR_OK);
		assert_true(at.number == 3 && hash_eq(at.id, id3));
	}
}

/* Who once had the first root can put any number into a header. */
/* Who reads a block meanwhile tries each that was there, and no other's key as one of these. */
static void an_epoch_that_comes_between_hides_none_of_its_number(void **state)
{
	(void)state;
	const struct hash low = { { 1 } }, mid = { { 100 } }, high = { { 200 } };
	cleanup(keyring_freep) struct keyring *k = ring_of_three();
	struct keyring_turn t = { .number = 4 };
	struct key got, want[2];
	assert_int_equal(keyring_next(k, &t, KEY_BLOCKS, &got), ERR_NOTFOUND);
	assert_int_equal(keyring_add(k, 4, mid, &root), ERR_OK);
	assert_int_equal(keyring_add(k, 4, high, &root3), ERR_OK);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(keyring_key(k, 4 + i, KEY_BLOCKS, &want[i]), ERR_OK);
	assert_int_equal(keyring_next(k, &t, KEY_BLOCKS, &got), ERR_OK);
	assert_memory_equal(&got, &want[0], sizeof(got));
	assert_int_equal(keyring_add(k, 3, low, &root), ERR_OK);
	assert_int_equal(keyring_add(k, 4, low, &root1), ERR_OK);
	assert_int_equal(keyring_next(k, &t, KEY_BLOCKS, &got), ERR_OK);
	assert_memory_equal(&got, &want[1], sizeof(got));
	assert_int_equal(keyring_add(k, 5, low, &root), ERR_OK);
	assert_int_equal(keyring_next(k, &t, KEY_BLOCKS, &got), ERR_NOTFOUND);
	assert_int_equal(keyring_next(k, &t, KEY_PURPOSES, &got), ERR_INVAL);
}

static void an_absurd_epoch_number_is_refused(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = ring_of_three();
	assert_int_equal(keyring_claim(k, UINT32_MAX, id2, &root), ERR_LIMIT);
	assert_int_equal(keyring_add(k, 65537, id2, &root), ERR_LIMIT);
	assert_int_equal(keyring_claimed(k), 3);
}

static void a_claim_is_read_with_but_not_written_under(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = keyring_new(CIPHER_AES256GCM, vault, genesis);
	struct key got;
	assert_int_equal(keyring_add(k, 1, genesis, &root1), ERR_OK);
	assert_int_equal(keyring_claim(k, 2, id2, &root), ERR_OK);
	assert_int_equal(keyring_epoch(k), 1);
	assert_int_equal(keyring_claimed(k), 2);
	assert_int_equal(keyring_epoch_root(k, 2, &got), ERR_OK);
	assert_int_equal(keyring_claim(k, 2, id2, &root3), ERR_EXISTS);
	assert_int_equal(keyring_add(k, 2, id2, &root), ERR_OK);
	assert_int_equal(keyring_epoch(k), 2);
	assert_int_equal(keyring_claim(k, 2, id2, &root), ERR_OK);
	assert_int_equal(keyring_epoch(k), 2); /* stays proved */
}

/* Any member can say that there are as many epochs as it likes. */
static void claims_are_bounded_and_bar_nothing_that_was_begun(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = keyring_new(CIPHER_AES256GCM, vault, genesis);
	struct hash id = { { 0 } };
	assert_int_equal(keyring_add(k, 1, genesis, &root1), ERR_OK);
	for (uint32_t i = 0; i < KEYRING_CLAIMS_MAX; i++) {
		id.b[0] = (uint8_t)(i >> 8);
		id.b[1] = (uint8_t)i;
		assert_int_equal(keyring_claim(k, 2, id, &root), ERR_OK);
	}
	assert_int_equal(keyring_claim(k, 3, id3, &root3), ERR_LIMIT);
	assert_int_equal(keyring_claim(k, 2, id, &root), ERR_OK); /* known */
	assert_int_equal(keyring_add(k, 3, id3, &root3), ERR_OK);
	assert_int_equal(keyring_add(k, 2, id, &root), ERR_OK); /* one less */
	assert_int_equal(keyring_claim(k, 4, id3, &root3), ERR_OK);
	assert_int_equal(keyring_claim(k, 5, id3, &root3), ERR_LIMIT);
	assert_int_equal(keyring_claimed(k), KEYRING_CLAIMS_MAX + 3);
}

static void what_is_proved_takes_the_place_of_a_false_claim(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = keyring_new(CIPHER_AES256GCM, vault, genesis);
	struct key got, names[2];
	assert_int_equal(keyring_add(k, 1, genesis, &root1), ERR_OK);
	assert_int_equal(keyring_claim(k, 2, id2, &root3), ERR_OK);
	assert_int_equal(keyring_key(k, 2, KEY_NAMES, &names[0]), ERR_OK);
	assert_int_equal(keyring_add(k, 2, id2, &root), ERR_OK);
	assert_int_equal(keyring_epoch_root(k, 2, &got), ERR_OK);
	assert_memory_equal(&got, &root, sizeof(got));
	assert_int_equal(keyring_key(k, 2, KEY_NAMES, &names[1]), ERR_OK);
	assert_memory_not_equal(&names[0], &names[1], sizeof(names[0]));
	assert_int_equal(keyring_claim(k, 2, id2, &root3), ERR_EXISTS);
}

static void every_purpose_epoch_and_vault_has_its_own_key(void **state)
{
	(void)state;
	static const struct id other_vault = { { 9 } };
	cleanup(keyring_freep) struct keyring *k = ring_of_three();
	cleanup(keyring_freep) struct keyring *other = keyring_new(CIPHER_AES256GCM, other_vault, genesis);
	struct key got[8];
	size_t n = 0;
	assert_int_equal(keyring_add(other, 1, genesis, &root1), ERR_OK);
	for (int p = KEY_NAMES; p <= KEY_BLOCKS; p++) {
		assert_int_equal(keyring_key(k, 1, p, &got[n++]), ERR_OK);
		assert_int_equal(keyring_key(k, 2, p, &got[n++]), ERR_OK);
	}
	assert_int_equal(keyring_key(other, 1, KEY_NAMES, &got[n++]), ERR_OK);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(&got[i], &got[j], sizeof(got[0]));
}

static void namehash_outlives_new_epochs_and_depends_on_the_first_root(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = ring_of_three();
	cleanup(keyring_freep) struct keyring *other = keyring_new(CIPHER_AES256GCM, vault, genesis);
	uint64_t a, b, c;
	const struct namehash *h = keyring_namehash(k);
	assert_int_equal(namehash_of(h, span_str("file"), &a), ERR_OK);
	static const struct hash id4 = { { 5 } };
	assert_int_equal(keyring_add(k, 4, id4, &root3), ERR_OK);
	assert_ptr_equal(keyring_namehash(k), h);
	assert_int_equal(namehash_of(h, span_str("file"), &b), ERR_OK);
	assert_true(a == b);
	assert_int_equal(keyring_add(other, 1, genesis, &root), ERR_OK);
	assert_int_equal(namehash_of(keyring_namehash(other), span_str("file"), &c), ERR_OK);
	assert_true(a != c);
}

/* docs/format.md: HMAC under subkey(epoch root 1, "cloudseal tag", vault id). */
static void tags_are_of_the_first_epoch(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = ring_of_three(),
	                                      *none = keyring_new(CIPHER_AES256GCM, vault, genesis);
	struct id tag = { { 0 } }, other;
	struct key key;
	uint8_t mac[HASH_LEN];
	assert_int_equal(keyring_tag(k, span_str("hi"), &tag), ERR_OK);
	assert_int_equal(crypto_subkey(&root1, "cloudseal tag", id_span(&vault), &key), ERR_OK);
	assert_int_equal(crypto_hmac(SPAN(key.b, sizeof(key.b)), span_str("hi"), mac), ERR_OK);
	assert_memory_equal(tag.b, mac, ID_LEN);
	assert_int_equal(keyring_tag(k, SPAN(NULL, 0), &other), ERR_OK);
	assert_false(id_eq(tag, other));
	assert_int_equal(keyring_tag(none, span_str("hi"), &tag), ERR_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_roots_by_epoch),
		cmocka_unit_test(refuses_another_root_for_a_known_epoch),
		cmocka_unit_test(two_epochs_of_one_number_stand_side_by_side),
		cmocka_unit_test(an_epoch_that_comes_between_hides_none_of_its_number),
		cmocka_unit_test(an_absurd_epoch_number_is_refused),
		cmocka_unit_test(a_claim_is_read_with_but_not_written_under),
		cmocka_unit_test(claims_are_bounded_and_bar_nothing_that_was_begun),
		cmocka_unit_test(what_is_proved_takes_the_place_of_a_false_claim),
		cmocka_unit_test(every_purpose_epoch_and_vault_has_its_own_key),
		cmocka_unit_test(namehash_outlives_new_epochs_and_depends_on_the_first_root),
		cmocka_unit_test(tags_are_of_the_first_epoch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
