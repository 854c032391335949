/* SPDX-License-Identifier: MIT
 * Headers of format 2: bytes and what they open, beside tests/vectors/header.py; damage and forgery.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/vectors.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define same(a, b) assert_int_equal(span_cmp(a, b), 0)
#include "tests/unit/header_world.h"

static void opened_free(struct header_opened *o)
{
	secret_freep(&o->slot);
	keyring_freep(&o->keyring);
}

/* mend: the checksum of what was changed. */
static void mend(struct buf *b)
{
	struct hash sum;
	ok(crypto_sha256(SPAN(b->p, b->len - HASH_LEN), &sum));
	hash_put(b->p + b->len - HASH_LEN, sum);
}

static err_t decodes(const struct buf *b)
{
	cleanup(header_free) struct header h = { 0 };
	struct why why = { 0 };
	err_t e = header_decode(buf_span(b), &h, &why);
	assert_true(!e == !why.text[0]);
	return e;
}

/* -- vectors ------------------------------------------------------------------------------------------------------ */

static void check_roots(struct keyring *k, struct span claims)
{
	struct key root;
	struct hash id;
	assert_int_equal(keyring_epoch(k), 1);
	assert_int_equal(keyring_claimed(k), claims.len ? 2 : 1);
	for (uint32_t i = 1; i <= keyring_claimed(k); i++) {
		ok(keyring_epoch_root(k, i, &root));
		for (size_t n = 0; n < sizeof(root.b); n++)
			assert_int_equal(root.b[n], 6 + i);
	}
	if (claims.len)
		ok(keyring_epoch_id(k, 2, &id));
	if (claims.len)
		same(hash_span(&id), claims);
}

static void check_case(const struct vector *v)
{
	cleanup(header_free) struct header h = { 0 };
	cleanup(opened_free) struct header_opened o = { 0 };
	cleanup(buf_free) struct buf again = BUF_INIT;
	struct why why = { 0 };
	ok(header_decode(vector_get(v, "header"), &h, &why));
	assert_int_equal(h.g.cipher, v->value[0][0]);
	same(hash_span(&h.genesis_hash), vector_get(v, "genesis"));
	ok(header_encode(&h, &again));
	same(buf_span(&again), vector_get(v, "header"));
	ok(header_open(&h, &(struct header_secret){ SIGNER_RECOVERY, vector_get(v, "secret"), NULL, NULL }, &o, &why));
	same(id_span(&o.slot->id), vector_get(v, "slot"));
	check_roots(o.keyring, vector_get(v, "claims"));
}

static void test_vectors(void **state)
{
	(void)state;
	static struct vector v;
	unsigned n = 0;
	for (FILE *f = vectors_open("header.txt"); vectors_next(f, &v); n++)
		check_case(&v);
	assert_int_equal(n, 6);
}

/* -- bytes -------------------------------------------------------------------------------------------------------- */

/* whole: a header of a second slot and two epochs. */
static void whole(struct hall *h, struct buf *out)
{
	cleanup(header_free) struct header made = { 0 };
	cleanup(buf_free) struct buf wrap = BUF_INIT, two = BUF_INIT, three = BUF_INIT;
	hall_begin(h, NULL);
	hall_start(h, 2, h->c.recovery, 0, &two);
	hall_start(h, 3, h->c.recovery, 1, &three);
	hall_record_start(h, buf_span(&two));
	hall_record_start(h, buf_span(&three));
	hall_add_slot(h, &(struct hall_slot){ .rank = 5, .anchor = h->c.genesis_hash }, &wrap);
	hall_make(h, NULL, &made);
	ok(header_encode(&made, out));
	assert_int_equal(out->len, 4096);
}

static void test_any_bit_is_noticed(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(buf_free) struct buf b = BUF_INIT;
	whole(&h, &b);
	ok(decodes(&b));
	for (size_t i = 0; i < b.len; i += 3) {
		b.p[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(decodes(&b), ERR_DAMAGED);
		b.p[i] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < b.len; n += 7) {
		struct buf cut = { .p = b.p, .len = n };
		assert_int_equal(decodes(&cut), ERR_DAMAGED);
	}
}

/* Of a right checksum, too: nothing is accepted that encodes otherwise, and what is in it is still what was signed. */
static void test_what_a_store_changes_with_a_checksum(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(buf_free) struct buf b = BUF_INIT;
	whole(&h, &b);
	for (size_t i = 0; i < b.len - HASH_LEN; i += 2) {
		cleanup(header_free) struct header read = { 0 };
		cleanup(buf_free) struct buf again = BUF_INIT;
		b.p[i] ^= (uint8_t)(1 << i % 8);
		mend(&b);
		if (!header_decode(buf_span(&b), &read, NULL)) {
			ok(header_encode(&read, &again));
			same(buf_span(&again), buf_span(&b));
			assert_true(hash_eq(read.genesis_hash, h.c.genesis_hash));
		}
		b.p[i] ^= (uint8_t)(1 << i % 8);
	}
}

static void test_versions_and_features(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(buf_free) struct buf b = BUF_INIT;
	whole(&h, &b);
	static const struct {
		size_t at;
		uint8_t value;
		err_t e;
	} all[] = { { 16, 0, ERR_DAMAGED }, { 16, 1, ERR_VERSION },    { 16, 3, ERR_VERSION }, { 17, 1, ERR_VERSION },
		    { 18, 1, ERR_VERSION }, { 21, 0x80, ERR_VERSION }, { 22, 1, ERR_OK },      { 25, 0x80, ERR_OK } };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		uint8_t before = b.p[all[i].at];
		b.p[all[i].at] = all[i].value;
		mend(&b);
		assert_int_equal(decodes(&b), all[i].e);
		b.p[all[i].at] = before;
	}
}

/* Twice as large as need be, with a right checksum; not a power of two: that was a development version. */
static void test_padding(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(buf_free) struct buf b = BUF_INIT;
	whole(&h, &b);
	while (b.len < 8192)
		buf_u8(&b, 0);
	memset(b.p + 4096 - HASH_LEN, 0, HASH_LEN);
	mend(&b);
	assert_int_equal(decodes(&b), ERR_DAMAGED);
	b.len = 4096;
	b.p[4096 - HASH_LEN - 1] = 1;
	mend(&b);
	assert_int_equal(decodes(&b), ERR_DAMAGED);
	b.p[4096 - HASH_LEN - 1] = 0;
	mend(&b);
	ok(decodes(&b));
	b.len--;
	mend(&b);
	assert_int_equal(decodes(&b), ERR_VERSION);
}

static void test_lists_are_ascending(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup(header_free) struct header read = { 0 };
	whole(&h, &b);
	ok(header_decode(buf_span(&b), &read, NULL));
	static const enum header_kind kinds[] = { HEADER_WRAP, HEADER_START };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		cleanup(buf_free) struct buf turned = BUF_INIT, twice = BUF_INIT;
		struct header_list *l = &read.list[kinds[i]];
		assert_int_equal(l->n, 2);
		struct header_item first = l->v[0], second = l->v[1];
		l->v[0] = second;
		l->v[1] = first;
		ok(header_encode(&read, &turned));
		assert_int_equal(decodes(&turned), ERR_DAMAGED);
		l->v[0] = first;
		ok(header_encode(&read, &twice));
		assert_int_equal(decodes(&twice), ERR_DAMAGED);
		l->v[1] = second;
	}
	buf_clear(&b);
	ok(header_encode(&read, &b));
	ok(decodes(&b));
}

/* -- opening ------------------------------------------------------------------------------------------------------ */

static err_t open_with(const struct header *h, enum signer_kind kind, struct span secret, uint32_t claimed)
{
	cleanup(opened_free) struct header_opened o = { 0 };
	struct why why = { 0 };
	err_t e = header_open(h, &(struct header_secret){ kind, secret, NULL, NULL }, &o, &why);
	assert_true(!e == !why.text[0]);
	if (!e)
		assert_int_equal(keyring_epoch(o.keyring), 1);
	if (!e)
		assert_int_equal(keyring_number(o.keyring, keyring_claimed(o.keyring)), claimed);
	return e;
}

/* key_of: the bytes of the vault's recovery key. */
static struct span key_of(const struct hall *h)
{
	static uint8_t key[RECOVERY_LEN];
	ok(recovery_decode(h->c.recovery_key, key, NULL));
	return SPAN(key, sizeof(key));
}

static void test_recovery_key_and_passphrase(void **state)
{
	(void)state;
	const struct wrap_secret pass = { span_str("a passphrase"), { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 } };
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	hall_begin(&h, &pass);
	hall_make(&h, NULL, &made);
	ok(open_with(&made, SIGNER_RECOVERY, key_of(&h), 1));
	ok(open_with(&made, SIGNER_PASSPHRASE, pass.bytes, 1));
	assert_int_equal(open_with(&made, SIGNER_PASSPHRASE, span_str("another"), 1), ERR_WRONGKEY);
	assert_int_equal(open_with(&made, SIGNER_RECOVERY, span_str("sixteen bytes..."), 1), ERR_WRONGKEY);
	assert_int_equal(open_with(&made, SIGNER_PASSPHRASE, key_of(&h), 1), ERR_WRONGKEY);
}

static void test_no_slot_of_a_passphrase_by_default(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	hall_begin(&h, NULL);
	hall_make(&h, NULL, &made);
	assert_int_equal(made.list[HEADER_WRAP].n, 1);
	assert_int_equal(open_with(&made, SIGNER_PASSPHRASE, span_str("x"), 1), ERR_WRONGKEY);
}

/* Roots of later epochs are claimed: out of starts, and out of the slot's own statement. */
static void test_later_epochs_are_claims(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	cleanup(buf_free) struct buf wrap = BUF_INIT, two = BUF_INIT;
	hall_begin(&h, NULL);
	struct hash id = hall_start(&h, 2, h.c.recovery, 0, &two);
	hall_record_start(&h, buf_span(&two));
	hall_add_slot(&h, &(struct hall_slot){ 5, 3, { { 9 } }, h.c.genesis_hash, false, NULL, NULL }, &wrap);
	hall_make(&h, NULL, &made);
	ok(open_with(&made, SIGNER_RECOVERY, key_of(&h), 2));
	ok(open_with(&made, SIGNER_RECOVERY, hall_key(0), 3));
	cleanup(opened_free) struct header_opened o = { 0 };
	struct hash claimed;
	ok(header_open(&made, &(struct header_secret){ SIGNER_RECOVERY, key_of(&h), NULL, NULL }, &o, NULL));
	ok(keyring_epoch_id(o.keyring, 2, &claimed));
	assert_true(hash_eq(id, claimed));
}

/* A start that somebody made who does not know root 1 hinders nobody. */
static void test_forged_starts_are_ignored(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h, other;
	cleanup(header_free) struct header made = { 0 };
	cleanup(buf_free) struct buf two = BUF_INIT, three = BUF_INIT;
	hall_begin(&h, NULL);
	hall_begin(&other, NULL);
	hall_start(&h, 2, h.c.recovery, 0, &two);
	hall_start(&other, 3, h.c.recovery, 0, &three);
	hall_record_start(&h, buf_span(&two));
	hall_record_start(&h, buf_span(&three));
	hall_make(&h, NULL, &made);
	assert_int_equal(made.list[HEADER_START].n, 2);
	ok(open_with(&made, SIGNER_RECOVERY, key_of(&h), 2));
}

/* What a start is bound to is the root that is in its boxes. */
static void test_a_start_with_the_commitment_of_another_root(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	cleanup(buf_free) struct buf two = BUF_INIT, wrong = BUF_INIT;
	hall_begin(&h, NULL);
	hall_start(&h, 2, h.c.recovery, 0, &two);
	ok(epoch_get_start(buf_span(&two), &s));
	s.commitment[0] ^= 1;
	ok(epoch_put_start(&wrong, &s));
	hall_record_start(&h, buf_span(&wrong));
	hall_make(&h, NULL, &made);
	ok(open_with(&made, SIGNER_RECOVERY, key_of(&h), 1));
}

/* The store knows all public keys: it can put the slot, and its wrap, under a genesis of its own. Then the wrap is
 * anchored elsewhere. */
static void test_a_slot_under_another_genesis(void **state)
{
	(void)state;
	const struct hash anchors[] = { HASH_ZERO, { { 1 } } };
	for (size_t i = 0; i < ARRAY_LEN(anchors); i++) {
		cleanup(hall_end) struct hall h;
		cleanup(header_free) struct header made = { 0 };
		cleanup(buf_free) struct buf wrap = BUF_INIT;
		hall_begin(&h, NULL);
		hall_add_slot(&h, &(struct hall_slot){ .rank = 5, .anchor = anchors[i] }, &wrap);
		hall_make(&h, NULL, &made);
		assert_int_equal(made.list[HEADER_WRAP].n, 2);
		assert_int_equal(open_with(&made, SIGNER_RECOVERY, hall_key(0), 1), ERR_DAMAGED);
	}
}

/* A wrap counts if its hash is the one that genesis says: another one, also one that opens, is none. */
static void test_a_wrap_that_nobody_said(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	cleanup(buf_free) struct buf wrap = BUF_INIT;
	struct wrap_secret mine = { .bytes = hall_key(1) };
	hall_begin(&h, NULL);
	hall_make(&h, NULL, &made);
	ok(wrap_seal(h.g.cipher, h.c.recovery, &mine, HASH_ZERO, &wrap));
	header_item_free(&made.list[HEADER_WRAP].v[0]);
	ok(header_item_of(HEADER_WRAP, h.g.vault, buf_span(&wrap), &made.list[HEADER_WRAP].v[0]));
	assert_int_equal(open_with(&made, SIGNER_RECOVERY, hall_key(1), 1), ERR_WRONGKEY);
}

/* What work was asked for. */
struct asked {
	unsigned n, lanes[4];
	unsigned refused; /* lanes that are not agreed to */
};

static err_t may(void *ctx, const struct kdf_params *work, struct why *why)
{
	struct asked *a = ctx;
	assert_true(a->n < ARRAY_LEN(a->lanes));
	a->lanes[a->n++] = work->lanes;
	return work->lanes == a->refused ? why_set(why, ERR_CANCELED, "no") : ERR_OK;
}

/* A store can put slots into a header whose wraps cost: nobody works on these before those that nobody can add to, and
 * not unasked. */
static void test_slots_of_genesis_are_tried_first(void **state)
{
	(void)state;
	const struct wrap_secret pass = { span_str("a passphrase"), { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 } };
	const struct wrap_secret added = { span_str("another"), { KDF_FLOOR_KIB, KDF_PASSES_MIN, 2 } };
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	cleanup(buf_free) struct buf wrap = BUF_INIT;
	struct asked asked = { .n = 0 };
	struct why why = { 0 };
	hall_begin(&h, &pass);
	hall_add_slot(&h, &(struct hall_slot){ 5, 0, HASH_ZERO, h.c.genesis_hash, false, &added, &h.c.passphrase->id },
	              &wrap);
	hall_make(&h, NULL, &made);
	assert_int_equal(made.list[HEADER_WRAP].n, 3);
	for (unsigned i = 0; i < 2; i++) { /* the one of genesis; the other */
		cleanup(opened_free) struct header_opened o = { 0 };
		const struct header_secret with = { SIGNER_PASSPHRASE, (i ? added : pass).bytes, may, &asked };
		asked = (struct asked){ .n = 0 };
		ok(header_open(&made, &with, &o, &why));
		assert_int_equal(asked.n, i + 1);
		assert_int_equal(asked.lanes[0], 1);
	}
	cleanup(opened_free) struct header_opened o = { 0 };
	const struct header_secret with = { SIGNER_PASSPHRASE, added.bytes, may, &asked };
	asked = (struct asked){ .refused = 2 };
	assert_int_equal(header_open(&made, &with, &o, &why), ERR_CANCELED);
	assert_string_equal(why.text, "no");
	assert_int_equal(asked.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_any_bit_is_noticed),
		cmocka_unit_test(test_what_a_store_changes_with_a_checksum),
		cmocka_unit_test(test_versions_and_features),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_lists_are_ascending),
		cmocka_unit_test(test_recovery_key_and_passphrase),
		cmocka_unit_test(test_no_slot_of_a_passphrase_by_default),
		cmocka_unit_test(test_later_epochs_are_claims),
		cmocka_unit_test(test_forged_starts_are_ignored),
		cmocka_unit_test(test_a_start_with_the_commitment_of_another_root),
		cmocka_unit_test(test_a_slot_under_another_genesis),
		cmocka_unit_test(test_a_wrap_that_nobody_said),
		cmocka_unit_test(test_slots_of_genesis_are_tried_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
