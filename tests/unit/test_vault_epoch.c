/* SPDX-License-Identifier: MIT
 * The root of a new epoch: every member opens it, nobody else, and nothing of it can be moved.
 */
#include "vault/objects/objects.h"

#include "util/cleanup.h"
#include "vault/keys/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

static const struct id vault = { { 1 } };
static const struct hash genesis = { { 2 } }, cause = { { 3 } };

static struct keyring *keyring(struct id id)
{
	struct keyring *k = keyring_new(CIPHER_AES256GCM, id, genesis);
	assert_non_null(k);
	return k;
}

static void member(uint8_t n, struct key *seed, struct epoch_member *m)
{
	struct public_keys keys;
	memset(seed->b, n, sizeof(seed->b));
	memset(m->id.b, n, ID_LEN);
	assert_int_equal(keys_from_seed(seed, &keys), ERR_OK);
	memcpy(m->box_key, keys.box, 32);
}

struct made {
	struct keyring *k;
	struct key seed[3], root;
	struct epoch_member m[3];
	struct buf start;
};

static void make(struct made *x)
{
	*x = (struct made){ .k = keyring(vault), .root = { { 9, 8, 7 } } };
	for (uint8_t i = 0; i < 3; i++)
		member((uint8_t)(i + 1), &x->seed[i], &x->m[i]);
	assert_int_equal(epoch_seal(x->k, NEW_EPOCH(2, cause, &x->root), x->m, 2, &x->start), ERR_OK);
}

static void made_free(struct made *x)
{
	keyring_freep(&x->k);
	buf_free(&x->start);
}

static void test_every_member_opens_the_root(void **state)
{
	(void)state;
	cleanup(made_free) struct made x;
	make(&x);
	assert_int_equal(x.start.len, 1 + HASH_LEN + 2 * EPOCH_BOX_LEN);
	for (size_t i = 0; i < 2; i++) {
		struct key got = { 0 };
		assert_int_equal(epoch_open(x.k, 2, buf_span(&x.start), x.m[i].id, &x.seed[i], &got), ERR_OK);
		assert_memory_equal(got.b, x.root.b, 32);
	}
}

static void test_others_do_not(void **state)
{
	(void)state;
	cleanup(made_free) struct made x;
	struct key got = { 0 }, none = { 0 };
	make(&x);
	assert_int_equal(epoch_open(x.k, 2, buf_span(&x.start), x.m[2].id, &x.seed[2], &got), ERR_NOTFOUND);
	assert_int_equal(epoch_open(x.k, 2, buf_span(&x.start), x.m[0].id, &x.seed[1], &got), ERR_DAMAGED);
	assert_memory_equal(got.b, none.b, 32);
}

static void test_vault_number_and_cause_are_bound(void **state)
{
	(void)state;
	cleanup(made_free) struct made x;
	cleanup(keyring_freep) struct keyring *other = keyring((struct id){ { 7 } });
	struct key got = { 0 };
	make(&x);
	assert_int_equal(epoch_open(other, 2, buf_span(&x.start), x.m[0].id, &x.seed[0], &got), ERR_DAMAGED);
	assert_int_equal(epoch_open(x.k, 3, buf_span(&x.start), x.m[0].id, &x.seed[0], &got), ERR_DAMAGED);
	x.start.p[1] ^= 1;
	assert_int_equal(epoch_open(x.k, 2, buf_span(&x.start), x.m[0].id, &x.seed[0], &got), ERR_DAMAGED);
}

static void test_no_member_twice_and_no_first_epoch(void **state)
{
	(void)state;
	cleanup(made_free) struct made x;
	cleanup(buf_free) struct buf out = BUF_INIT;
	make(&x);
	x.m[1] = x.m[0];
	assert_int_equal(epoch_seal(x.k, NEW_EPOCH(2, cause, &x.root), x.m, 2, &out), ERR_INVAL);
	assert_int_equal(epoch_seal(x.k, NEW_EPOCH(2, cause, &x.root), x.m, 0, &out), ERR_INVAL);
	assert_int_equal(epoch_seal(x.k, NEW_EPOCH(1, cause, &x.root), x.m, 1, &out), ERR_INVAL);
	assert_int_equal(out.len, 0);
}

static void test_slots_of_a_header_are_members(void **state)
{
	(void)state;
	cleanup(header_freep) struct header *h = NULL;
	cleanup(keyring_freep) struct keyring *k = NULL, *again = NULL;
	cleanup(slot_freep) struct slot *slot = NULL;
	cleanup(secret_freep) char *recovery = NULL;
	cleanup(buf_free) struct buf start = BUF_INIT;
	struct key seed = { { 5 } }, root = { { 6 } }, got = { 0 };
	struct epoch_member m[8];
	size_t n;
	struct vault_create c = { .passphrase = span_str("correct horse"),
		                  .kdf = { KDF_FLOOR_KIB, 1, 1 },
		                  .device_name = "desk",
		                  .device_seed = &seed,
		                  .now = 1700000000 };
	assert_int_equal(header_create(&c, &h, &k, &recovery), ERR_OK);
	assert_int_equal(epoch_members(h, m, 1, &n), ERR_LIMIT);
	assert_int_equal(epoch_members(h, m, 8, &n), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(epoch_seal(k, NEW_EPOCH(2, cause, &root), m, n, &start), ERR_OK);
	assert_int_equal(header_unlock(h, SLOT_PASSPHRASE, c.passphrase, &again, &slot, NULL), ERR_OK);
	assert_int_equal(epoch_open_slot(again, 2, buf_span(&start), slot, &got), ERR_OK);
	assert_memory_equal(got.b, root.b, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_member_opens_the_root),
		cmocka_unit_test(test_others_do_not),
		cmocka_unit_test(test_vault_number_and_cause_are_bound),
		cmocka_unit_test(test_no_member_twice_and_no_first_epoch),
		cmocka_unit_test(test_slots_of_a_header_are_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
