/* SPDX-License-Identifier: MIT
 * A new vault of format 2: its records are what records must be, and all that is said in them is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#include "tests/unit/header_world.h"
#include "vault/join/vault_known.h"

static const struct stamp at = { 7, 8, 1 };

struct seen {
	struct buf last; /* key before */
	unsigned kinds[16], n;
};

static void seen_free(struct seen *s)
{
	buf_free(&s->last);
}

/* see: ascending, of the form that records must have. */
static err_t see(void *ctx, struct span key, struct span value)
{
	struct seen *s = ctx;
	cleanup(record_free) struct record r = RECORD_INIT;
	struct vault_name n;
	ok(vault_key_parse(key, &n));
	ok(record_decode(value, &r));
	ok(vault_known_check(&n, group_all(&r)));
	assert_true(!s->n || span_cmp(buf_span(&s->last), key) < 0);
	buf_clear(&s->last);
	buf_put(&s->last, key.p, key.len);
	s->kinds[n.kind - SHARED_SUPER]++;
	s->n++;
	return ERR_OK;
}

static void draw(struct create *c, bool portable)
{
	const struct wrap_secret pass = { span_str("a passphrase"), { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 } };
	struct create_wish w = { CIPHER_CHACHA20POLY1305, 1700000000, portable ? &pass : NULL };
	ok(create_draw(&w, c));
}

static void test_records(void **state)
{
	(void)state;
	for (unsigned portable = 0; portable < 2; portable++) {
		cleanup(create_free) struct create c = { 0 };
		cleanup(seen_free) struct seen s = { 0 };
		draw(&c, portable);
		ok(create_records(&c, span_str("laptop"), at, see, &s));
		assert_int_equal(s.n, 5 + portable);
		assert_int_equal(s.kinds[SHARED_SLOT - SHARED_SUPER], 1 + portable);
		assert_int_equal(s.kinds[SHARED_STATEMENT - SHARED_SUPER], 0);
	}
}

static const struct group_node *group_of(const struct records *t, struct vault_name n, uint16_t number,
                                         struct record *r)
{
	struct vault_key key = vault_key_of(&n);
	const struct records_entry *e = records_find(t, vault_key_span(&key));
	assert_non_null(e);
	ok(record_decode(buf_span(&e->value), r));
	const struct group_node *g = group_find(group_all(r), number);
	assert_non_null(g);
	return g->class == GROUP_MAP ? group_inside(g).v : g;
}

/* is_said: a mix key or a wrap, by the hash that genesis says. */
static void is_said(const struct records *t, struct vault_name n, uint16_t number, struct hash want)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct hash h;
	ok(crypto_sha256(group_of(t, n, number, &r)->bytes, &h));
	assert_true(hash_eq(h, want));
}

static void test_what_genesis_says_is_there(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(record_free) struct record r = RECORD_INIT, epoch = RECORD_INIT;
	struct key root;
	hall_begin(&h, NULL);
	struct vault_name slot = { .kind = SHARED_SLOT, .id = h.named[0].id };
	struct vault_name device = { .kind = SHARED_DEVICE, .id = h.named[1].id };
	is_said(&h.recs, slot, 1, h.g.slot[0].who.mix);
	is_said(&h.recs, slot, 2, h.g.slot[0].who.wrap);
	is_said(&h.recs, device, 1, h.g.device.mix);
	const struct group_node *name = group_of(&h.recs, device, 2, &r);
	assert_int_equal(span_cmp(name->bytes, span_str("laptop")), 0);
	assert_true(stamp_cmp(name->stamp, (struct stamp){ 1, 2, 1 }) == 0);
	struct vault_name first = { .kind = SHARED_EPOCH, .number = 1, .hash = h.c.genesis_hash };
	memcpy(root.b, group_of(&h.recs, first, 2, &epoch)->bytes.p, sizeof(root.b));
	struct root_box_at place = { .vault = h.g.vault, .number = 1 };
	struct hash commitment;
	ok(root_box_commits(&place, &root, &commitment));
	assert_true(hash_eq(commitment, h.g.commitment));
}

static void test_names_that_no_device_has(void **state)
{
	(void)state;
	static const char *const names[] = { "", "a\nb", "\xff",
		                             "12345678901234567890123456789012345678901234567890123456789012345" };
	cleanup(create_free) struct create c = { 0 };
	cleanup(seen_free) struct seen s = { 0 };
	draw(&c, false);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(create_records(&c, span_str(names[i]), at, see, &s), ERR_INVAL);
	assert_int_equal(s.n, 0);
}

static void test_all_is_drawn_anew(void **state)
{
	(void)state;
	cleanup(create_free) struct create a = { 0 }, b = { 0 };
	struct key x, y;
	draw(&a, false);
	draw(&b, false);
	ok(keyring_epoch_root(a.keyring, 1, &x));
	ok(keyring_epoch_root(b.keyring, 1, &y));
	assert_false(id_eq(a.device->vault, b.device->vault) || hash_eq(a.genesis_hash, b.genesis_hash));
	assert_false(id_eq(a.recovery->id, b.recovery->id) || !strcmp(a.recovery_key, b.recovery_key));
	assert_memory_not_equal(&x, &y, sizeof(x));
}

static void test_work_under_the_least_is_refused(void **state)
{
	(void)state;
	const struct wrap_secret pass = { span_str("a passphrase"), { KDF_FLOOR_KIB, KDF_PASSES_MIN - 1, 1 } };
	struct create_wish w = { CIPHER_AES256GCM, 0, &pass };
	struct create c = { 0 };
	assert_int_equal(create_draw(&w, &c), ERR_LIMIT);
	assert_null(c.device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_what_genesis_says_is_there),
		cmocka_unit_test(test_names_that_no_device_has),
		cmocka_unit_test(test_all_is_drawn_anew),
		cmocka_unit_test(test_work_under_the_least_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
