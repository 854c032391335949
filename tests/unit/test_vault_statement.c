/* SPDX-License-Identifier: MIT
 * Statements: codec and signature, and what a set of them makes of a header's slots.
 */
#include "util/cleanup.h"
#include "vault/keys/header_parts.h"
#include "vault/keys/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const struct kdf_params cheap = { KDF_FLOOR_KIB, 1, 1 };
static const struct key device_seed = { { 77 } };

struct vault {
	struct header *h;
	struct keyring *keyring;
	struct slot *pass, *recovery;
	uint8_t secret[16];
};

static struct header *copy_of(const struct header *h)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct header *copy = NULL;
	struct why why = { 0 };
	assert_int_equal(header_encode(h, &b), ERR_OK);
	if (header_decode(buf_span(&b), &copy, &why))
		fail_msg("does not decode: %s", why.text);
	return copy;
}

static struct slot *opened(const struct header *h, enum slot_kind kind, struct span secret)
{
	struct keyring *keyring = NULL;
	struct slot *slot = NULL;
	assert_int_equal(header_unlock(h, kind, secret, &keyring, &slot, NULL), ERR_OK);
	keyring_freep(&keyring);
	return slot;
}

static int set_up(void **state)
{
	struct vault *v = calloc(1, sizeof(*v));
	char *text = NULL;
	struct vault_create c = { .passphrase = span_str("p"), .kdf = cheap, .device_name = "desk" };
	c.device_seed = &device_seed;
	assert_int_equal(header_create(&c, &v->h, &v->keyring, &text), ERR_OK);
	assert_int_equal(recovery_decode(text, v->secret, NULL), ERR_OK);
	secret_free(text);
	v->pass = opened(v->h, SLOT_PASSPHRASE, span_str("p"));
	v->recovery = opened(v->h, SLOT_RECOVERY, SPAN(v->secret, 16));
	*state = v;
	return 0;
}

static int tear_down(void **state)
{
	struct vault *v = *state;
	header_freep(&v->h);
	keyring_freep(&v->keyring);
	slot_freep(&v->pass);
	slot_freep(&v->recovery);
	free(v);
	return 0;
}

static struct statement base(enum statement_kind kind, const struct slot *by, uint64_t number, struct hash previous)
{
	struct statement s = { .kind = kind, .number = number, .time = -5 };
	s.slot = by->id;
	s.previous = previous;
	return s;
}

static struct buf signed_by(const struct vault *v, const struct slot *by, const struct statement *s)
{
	struct buf b = BUF_INIT;
	assert_int_equal(statement_sign(s, header_vault(v->h), header_genesis(v->h), by, &b), ERR_OK);
	return b;
}

static struct buf hash_of(const struct buf *b)
{
	struct buf out = BUF_INIT;
	struct hash hash;
	assert_int_equal(statement_hash(buf_span(b), &hash), ERR_OK);
	buf_hash(&out, hash);
	return out;
}

/* --- codec --- */
static void every_kind_reads_back(void **state)
{
	struct vault *v = *state;
	struct stream_cut cut[2] = { { .n = 7 }, { .n = UINT64_MAX } }, got_cuts[CUTS_MAX];
	for (int kind = ST_JOIN; kind <= ST_SLOT_REMOVE; kind++) {
		static const struct hash previous = { { 1 } };
		struct statement s = base(kind, v->pass, 2, previous), got;
		s.name = span_str("laptop");
		s.cuts = cut;
		s.ncuts = 2;
		s.device.b[3] = 4;
		s.device_key[31] = 5;
		s.target_slot.b[0] = 6;
		s.target_kind = SLOT_DEVICE;
		s.target_keys.box[9] = 7;
		s.target_last = 8;
		cleanup(buf_free) struct buf b = signed_by(v, v->pass, &s);
		assert_int_equal(statement_decode(buf_span(&b), &got, got_cuts), ERR_OK);
		assert_int_equal(got.kind, kind);
		assert_true(got.number == 2 && got.time == -5);
		assert_true(id_eq(got.slot, v->pass->id));
		assert_true(hash_eq(got.previous, previous));
		if (kind == ST_JOIN) {
			assert_memory_equal(got.name.p, "laptop", 6);
			assert_memory_equal(got.device_key, s.device_key, 32);
		} else if (kind == ST_REVOKE) {
			assert_int_equal(got.ncuts, 2);
			assert_memory_equal(got.cuts, cut, sizeof(cut));
			assert_true(id_eq(got.device, s.device));
		} else {
			assert_true(id_eq(got.target_slot, s.target_slot));
			assert_true(kind == ST_SLOT_ADD ? got.target_keys.box[9] == 7 : got.target_last == 8);
		}
		for (size_t n = 0; n < b.len; n++)
			assert_int_equal(statement_decode(SPAN(b.p, n), &got, got_cuts), ERR_DAMAGED);
		b.p[0] = 9;
		assert_int_equal(statement_decode(buf_span(&b), &got, got_cuts), ERR_VERSION);
		b.p[0] = 0;
		assert_int_equal(statement_decode(buf_span(&b), &got, got_cuts), ERR_DAMAGED);
	}
}

static void a_signature_binds_every_byte_vault_and_genesis(void **state)
{
	struct vault *v = *state;
	struct statement s = base(ST_JOIN, v->pass, 1, HASH_ZERO);
	s.name = span_str("x");
	cleanup(buf_free) struct buf b = signed_by(v, v->pass, &s);
	uint8_t key[32];
	struct hash other = HASH_ZERO;
	assert_int_equal(header_slot_key(v->h, v->pass->id, key), ERR_OK);
	struct id vault = header_vault(v->h);
	struct hash genesis = header_genesis(v->h);
	assert_int_equal(statement_verify(buf_span(&b), vault, genesis, key), ERR_OK);
	assert_int_equal(statement_verify(buf_span(&b), ID_ZERO, genesis, key), ERR_DAMAGED);
	assert_int_equal(statement_verify(buf_span(&b), vault, other, key), ERR_DAMAGED);
	for (size_t i = 0; i < b.len; i++) {
		b.p[i] ^= 1 << i % 8;
		assert_int_equal(statement_verify(buf_span(&b), vault, genesis, key), ERR_DAMAGED);
		b.p[i] ^= 1 << i % 8;
	}
	assert_int_equal(header_slot_key(v->h, v->recovery->id, key), ERR_OK);
	assert_int_equal(statement_verify(buf_span(&b), vault, genesis, key), ERR_DAMAGED);
	assert_int_equal(header_slot_key(v->h, ID_ZERO, key), ERR_NOTFOUND);
}

static void only_the_named_human_slot_can_sign(void **state)
{
	struct vault *v = *state;
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct statement s = base(ST_JOIN, v->pass, 1, HASH_ZERO);
	s.name = span_str("x");
	assert_int_equal(statement_sign(&s, header_vault(v->h), header_genesis(v->h), v->recovery, &b), ERR_INVAL);
	struct slot device = { .kind = SLOT_DEVICE };
	device.id = v->pass->id;
	assert_int_equal(statement_sign(&s, header_vault(v->h), header_genesis(v->h), &device, &b), ERR_INVAL);
	assert_int_equal(b.len, 0);
}

/* --- in the header --- */
static void a_new_passphrase_replaces_the_old_one(void **state)
{
	struct vault *v = *state;
	struct keyring *keyring = NULL;
	struct slot *slot = NULL;
	struct id id;
	cleanup(buf_free) struct buf add = BUF_INIT, gone = BUF_INIT;
	cleanup(header_freep) struct header *h = copy_of(v->h);
	assert_int_equal(header_add_slot(h, v->pass, &(struct slot_add){ SLOT_PASSPHRASE, span_str("new"), &cheap, 9 },
	                                 &id, &add),
	                 ERR_OK);
	assert_int_equal(header_remove_slot(h, v->recovery, v->pass->id, 10, &gone), ERR_OK);
	assert_int_equal(header_seal_epoch_roots(h, v->keyring), ERR_OK);
	cleanup(header_freep) struct header *again = copy_of(h);
	assert_int_equal(header_unlock(again, SLOT_PASSPHRASE, span_str("p"), &keyring, &slot, NULL), ERR_WRONGKEY);
	cleanup(slot_freep) struct slot *opens = opened(again, SLOT_PASSPHRASE, span_str("new"));
	assert_true(id_eq(opens->id, id));
	cleanup(slot_freep) struct slot *recovery = opened(again, SLOT_RECOVERY, SPAN(v->secret, 16));
	assert_true(id_eq(recovery->id, v->recovery->id));
	/* the removed slot is still known, so that what it said before can be verified */
	uint8_t key[32];
	assert_int_equal(header_slot_key(again, v->pass->id, key), ERR_OK);
	/* and can say nothing more */
	assert_int_equal(header_add_slot(again, v->pass,
	                                 &(struct slot_add){ SLOT_PASSPHRASE, span_str("evil"), &cheap, 9 }, &id, &add),
	                 ERR_NOTFOUND);
}

static void the_last_human_slot_cannot_be_removed(void **state)
{
	struct vault *v = *state;
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup(header_freep) struct header *h = copy_of(v->h);
	assert_int_equal(header_remove_slot(h, v->pass, v->recovery->id, 1, &b), ERR_OK);
	size_t n = b.len;
	assert_int_equal(header_remove_slot(h, v->pass, v->pass->id, 1, &b), ERR_LIMIT);
	assert_int_equal(b.len, n);
	assert_int_equal(h->live.n, 1);
	/* both remove each other, unseen: the recovery key's word is first, the other's is void */
	struct statement s = base(ST_SLOT_REMOVE, v->recovery, 1, HASH_ZERO);
	s.target_slot = v->pass->id;
	cleanup(buf_free) struct buf other = signed_by(v, v->recovery, &s);
	cleanup(header_freep) struct header *a = copy_of(v->h);
	assert_int_equal(header_add_statement(a, buf_span(&b)), ERR_OK);
	assert_int_equal(header_add_statement(a, buf_span(&other)), ERR_OK);
	assert_int_equal(a->live.n, 1);
	assert_int_equal(a->live.slot[0].kind, SLOT_RECOVERY);
}

/* slot_added_by: a statement that adds a slot named `name` with some key. */
static struct buf slot_added_by(const struct vault *v, const struct slot *by, uint8_t name, uint64_t number,
                                const struct buf *previous)
{
	struct key seed = { { name } };
	struct statement s = base(ST_SLOT_ADD, by, number, previous ? hash_from(previous->p) : HASH_ZERO);
	memset(s.target_slot.b, name, ID_LEN);
	s.target_kind = SLOT_PASSPHRASE;
	assert_int_equal(keys_from_seed(&seed, &s.target_keys), ERR_OK);
	return signed_by(v, by, &s);
}

static struct slot slot_named(uint8_t name)
{
	struct slot s = { .kind = SLOT_PASSPHRASE, .seed = { { name } } };
	memset(s.id.b, name, ID_LEN);
	return s;
}

/* An old passphrase that leaked after its removal signs statements that claim to be older. */
static void a_removed_slot_cannot_rewrite_its_past(void **state)
{
	struct vault *v = *state;
	cleanup(header_freep) struct header *h = copy_of(v->h);
	cleanup(buf_free) struct buf first = slot_added_by(v, v->pass, 1, 1, NULL), h1 = hash_of(&first);
	cleanup(buf_free) struct buf second = slot_added_by(v, v->pass, 2, 2, &h1), gone = BUF_INIT;
	assert_int_equal(header_add_statement(h, buf_span(&first)), ERR_OK);
	assert_int_equal(header_add_statement(h, buf_span(&second)), ERR_OK);
	assert_int_equal(header_remove_slot(h, v->recovery, v->pass->id, 10, &gone), ERR_OK);
	assert_int_equal(h->live.n, 3); /* recovery, 1, 2 */
	cleanup(buf_free) struct buf h2 = hash_of(&second);
	cleanup(buf_free) struct buf third = slot_added_by(v, v->pass, 3, 3, &h2);   /* after the pin */
	cleanup(buf_free) struct buf beside = slot_added_by(v, v->pass, 4, 2, &h1);  /* beside the pinned chain */
	cleanup(buf_free) struct buf afresh = slot_added_by(v, v->pass, 5, 1, NULL); /* from the start */
	assert_int_equal(header_add_statement(h, buf_span(&third)), ERR_OK);
	assert_int_equal(header_add_statement(h, buf_span(&beside)), ERR_OK);
	assert_int_equal(header_add_statement(h, buf_span(&afresh)), ERR_OK);
	assert_int_equal(h->live.n, 3);
	assert_int_equal(h->nstatements, 6);
	/* nor through a slot that it had made */
	struct slot five = slot_named(5);
	cleanup(buf_free) struct buf sixth = slot_added_by(v, &five, 6, 1, NULL);
	assert_int_equal(header_add_statement(h, buf_span(&sixth)), ERR_OK);
	assert_int_equal(h->live.n, 3);
	cleanup(header_freep) struct header *again = copy_of(h);
	assert_int_equal(again->live.n, 3);
}

static void the_same_set_gives_the_same_header_in_any_order(void **state)
{
	struct vault *v = *state;
	struct slot two = slot_named(2);
	struct buf b[5];
	b[0] = slot_added_by(v, v->pass, 1, 1, NULL);
	cleanup(buf_free) struct buf h0 = hash_of(&b[0]);
	b[1] = slot_added_by(v, v->pass, 2, 2, &h0);
	b[2] = slot_added_by(v, &two, 3, 1, NULL);
	b[3] = slot_added_by(v, v->recovery, 4, 1, NULL);
	cleanup(buf_free) struct buf h2 = hash_of(&b[2]);
	struct statement s = base(ST_SLOT_REMOVE, v->recovery, 1, HASH_ZERO);
	s.target_slot = two.id;
	s.target_last = 1;
	s.target_last_hash = hash_from(h2.p);
	b[4] = signed_by(v, v->recovery, &s);
	cleanup(buf_free) struct buf want = BUF_INIT;
	for (size_t round = 0; round < 20; round++) {
		cleanup(header_freep) struct header *h = copy_of(v->h);
		cleanup(buf_free) struct buf got = BUF_INIT;
		for (size_t left = 5, i = round; left; i += 1 + round % 4) { /* waits for what it rests on */
			size_t before = h->nstatements;
			err_t e = header_add_statement(h, buf_span(&b[i % 5]));
			assert_true(e == ERR_OK || e == ERR_NOTFOUND);
			left -= h->nstatements - before;
		}
		assert_int_equal(header_encode(h, &got), ERR_OK);
		if (!round)
			buf_move(&want, &got);
		else
			assert_int_equal(span_cmp(buf_span(&want), buf_span(&got)), 0);
	}
	for (size_t i = 0; i < 5; i++)
		buf_free(&b[i]);
}

static void a_refused_statement_leaves_the_header_as_it_was(void **state)
{
	struct vault *v = *state;
	struct slot stranger = slot_named(7);
	cleanup(header_freep) struct header *h = copy_of(v->h);
	cleanup(buf_free) struct buf good = slot_added_by(v, v->pass, 1, 1, NULL), before = BUF_INIT, after = BUF_INIT;
	assert_int_equal(header_add_statement(h, buf_span(&good)), ERR_OK);
	assert_int_equal(header_encode(h, &before), ERR_OK);
	cleanup(buf_free) struct buf unknown = slot_added_by(v, &stranger, 2, 1, NULL);
	assert_int_equal(header_add_statement(h, buf_span(&unknown)), ERR_NOTFOUND);
	cleanup(buf_free) struct buf gap = slot_added_by(v, v->pass, 2, 3, &good);
	assert_int_equal(header_add_statement(h, buf_span(&gap)), ERR_NOTFOUND);
	stranger.seed.b[1] = 1; /* another's name */
	stranger.id = v->recovery->id;
	cleanup(buf_free) struct buf forged = slot_added_by(v, &stranger, 2, 1, NULL);
	assert_int_equal(header_add_statement(h, buf_span(&forged)), ERR_DAMAGED);
	cleanup(buf_free) struct buf rekeyed = BUF_INIT;
	struct statement s = base(ST_SLOT_ADD, v->recovery, 1, HASH_ZERO); /* another key for a known slot */
	s.target_slot = v->pass->id;
	s.target_kind = SLOT_PASSPHRASE;
	rekeyed = signed_by(v, v->recovery, &s);
	assert_int_equal(header_add_statement(h, buf_span(&rekeyed)), ERR_DAMAGED);
	assert_int_equal(header_encode(h, &after), ERR_OK);
	assert_int_equal(span_cmp(buf_span(&before), buf_span(&after)), 0);
}

static void a_device_slot_cannot_authorise(void **state)
{
	struct vault *v = *state;
	cleanup(header_freep) struct header *h = copy_of(v->h);
	struct slot device = slot_named(8);
	struct statement s = base(ST_SLOT_ADD, v->pass, 1, HASH_ZERO);
	s.target_slot = device.id;
	s.target_kind = SLOT_DEVICE;
	assert_int_equal(keys_from_seed(&device.seed, &s.target_keys), ERR_OK);
	cleanup(buf_free) struct buf add = signed_by(v, v->pass, &s);
	assert_int_equal(header_add_statement(h, buf_span(&add)), ERR_OK);
	cleanup(buf_free) struct buf evil = slot_added_by(v, &device, 9, 1, NULL);
	assert_int_equal(header_add_statement(h, buf_span(&evil)), ERR_DAMAGED);
	uint8_t key[32];
	assert_int_equal(header_slot_key(h, device.id, key), ERR_NOTFOUND);
}

static void a_wrap_or_root_of_a_removed_slot_is_refused(void **state)
{
	struct vault *v = *state;
	cleanup(buf_free) struct buf gone = BUF_INIT, bytes = BUF_INIT;
	cleanup(header_freep) struct header *h = copy_of(v->h);
	struct header *none = NULL;
	assert_int_equal(header_remove_slot(h, v->recovery, v->pass->id, 10, &gone), ERR_OK);
	assert_int_equal(h->nwraps, 1);
	assert_int_equal(h->nepoch_roots, 1);
	memcpy(h->wraps, v->h->wraps, sizeof(h->wraps));
	h->nwraps = 2;
	assert_int_equal(header_encode(h, &bytes), ERR_OK);
	assert_int_equal(header_decode(buf_span(&bytes), &none, NULL), ERR_DAMAGED);
	assert_null(none);
}

static void merging_takes_slots_and_hints_over(void **state)
{
	struct vault *v = *state;
	struct id id;
	bool changed = false;
	cleanup(buf_free) struct buf add = BUF_INIT;
	cleanup(header_freep) struct header *a = copy_of(v->h), *b = copy_of(v->h);
	assert_int_equal(header_add_slot(a, v->pass, &(struct slot_add){ SLOT_PASSPHRASE, span_str("new"), &cheap, 9 },
	                                 &id, &add),
	                 ERR_OK);
	header_set_joins(a, 3);
	assert_int_equal(header_merge(b, a, &changed), ERR_OK);
	assert_true(changed);
	assert_true(header_joins(b) == 3);
	assert_int_equal(header_seal_epoch_roots(b, v->keyring), ERR_OK);
	cleanup(slot_freep) struct slot *opens = opened(b, SLOT_PASSPHRASE, span_str("new"));
	assert_true(id_eq(opens->id, id));
	assert_int_equal(header_merge(b, a, &changed), ERR_OK);
	assert_false(changed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_reads_back),
		cmocka_unit_test(a_signature_binds_every_byte_vault_and_genesis),
		cmocka_unit_test(only_the_named_human_slot_can_sign),
		cmocka_unit_test(a_new_passphrase_replaces_the_old_one),
		cmocka_unit_test(the_last_human_slot_cannot_be_removed),
		cmocka_unit_test(a_removed_slot_cannot_rewrite_its_past),
		cmocka_unit_test(the_same_set_gives_the_same_header_in_any_order),
		cmocka_unit_test(a_refused_statement_leaves_the_header_as_it_was),
		cmocka_unit_test(a_device_slot_cannot_authorise),
		cmocka_unit_test(a_wrap_or_root_of_a_removed_slot_is_refused),
		cmocka_unit_test(merging_takes_slots_and_hints_over),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
