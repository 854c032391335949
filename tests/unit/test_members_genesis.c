/* SPDX-License-Identifier: MIT
 * Genesis, and signers whose seed is known, beside tests/vectors/genesis.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "crypto/public.h"
#include "tests/vectors.h"
#include "util/cleanup.h"
#include "vault/members/genesis.h"
#include "vault/members/root_box.h"
#include "vault/members/roster.h"
#include "vault/members/signature.h"

#define ok(e) assert_int_equal(e, ERR_OK)

enum { DEVICE = 1, RECOVERY, PASSPHRASE, PHONE }; /* their seeds are so many bytes of this */

static struct key filled(unsigned n)
{
	struct key k;
	memset(k.b, (int)n, sizeof(k.b));
	return k;
}

static struct id vault(void)
{
	struct id v;
	for (uint8_t i = 0; i < ID_LEN; i++)
		v.b[i] = i;
	return v;
}

static struct signer_mine *signer(unsigned n)
{
	static const enum signer_kind kinds[] = { 0, SIGNER_DEVICE, SIGNER_RECOVERY, SIGNER_PASSPHRASE, SIGNER_DEVICE };
	struct key seed = filled(n), mix = filled(n + 100);
	struct signer_mine *m = NULL;
	ok(signer_mine_of(vault(), kinds[n], &seed, &mix, &m));
	return m;
}

/* What is signed: a recovery slot, perhaps a passphrase's, a device. */
struct born {
	struct signer_mine *by[GENESIS_SIGNERS_MAX];
	size_t n;
	struct genesis g;
	struct buf boxes[GENESIS_SLOTS_MAX], genesis, with_sigs;
	struct hash hash;
};

static void born_free(struct born *b)
{
	for (size_t i = 0; i < b->n; i++)
		secret_freep(&b->by[i]);
	buf_free(&b->boxes[0]);
	buf_free(&b->boxes[1]);
	buf_free(&b->genesis);
	buf_free(&b->with_sigs);
}

static struct genesis_slot slot(struct born *b, size_t i, const struct root_box_at *at)
{
	const struct signer_mine *m = b->by[i];
	struct genesis_slot s = { .who = signer_mine_new_of(m, 0) };
	struct key root = filled(7), wrap = filled((i ? PASSPHRASE : RECOVERY) + 50);
	ok(root_box_seal(at, &root, m->id, &(struct box_to){ s.who.box_key, &m->mix }, &b->boxes[i]));
	s.who.wrap = hash_from(wrap.b);
	s.box = buf_span(&b->boxes[i]);
	return s;
}

static void bear(struct born *b, enum cipher c, bool passphrase)
{
	struct key root = filled(7);
	struct root_box_at at = { .vault = vault(), .cipher = c, .number = 1 };
	*b = (struct born){ .g = { .vault = vault(), .cipher = c, .time = 1700000000 } };
	b->by[b->n++] = signer(RECOVERY);
	if (passphrase)
		b->by[b->n++] = signer(PASSPHRASE);
	while (b->g.slot_n < b->n) {
		b->g.slot[b->g.slot_n] = slot(b, b->g.slot_n, &at);
		b->g.slot_n++;
	}
	b->by[b->n++] = signer(DEVICE);
	b->g.device = signer_mine_new_of(b->by[b->n - 1], 0);
	ok(root_box_commits(&at, &root, &b->g.commitment));
	ok(genesis_encode(&b->g, &b->genesis));
	ok(genesis_sign(buf_span(&b->genesis), (const struct signer_mine *const *)b->by, b->n, &b->with_sigs));
	ok(genesis_hash(buf_span(&b->genesis), &b->hash));
}

#define same(a, b) assert_int_equal(span_cmp(a, b), 0)

/* join: the recovery slot lets the phone in. */
static void join(const struct born *b, struct buf *out)
{
	cleanup(secret_freep) struct signer_mine *phone = signer(PHONE);
	cleanup(buf_free) struct buf body = BUF_INIT;
	uint8_t proof[SIGNER_SIG];
	struct statement s = { .kind = SIGNER_JOIN, .who = signer_mine_new_of(phone, 2), .proof = proof };
	ok(mine_prove(phone, b->hash, proof));
	ok(statement_put_body(&body, &s));
	struct signer_said said = { .kind = SIGNER_JOIN, .number = 1, .time = 1700000000, .body = buf_span(&body) };
	ok(mine_sign(b->by[0], b->hash, &said, out));
}

static void test_vectors(void **state)
{
	(void)state;
	struct vector v;
	unsigned n = 0;
	for (FILE *f = vectors_open("genesis.txt"); vectors_next(f, &v); n++) {
		cleanup(born_free) struct born b = { 0 };
		cleanup(buf_free) struct buf joined = BUF_INIT;
		struct genesis g;
		struct span ids = vector_get(&v, "ids"), found;
		bear(&b, (enum cipher)v.value[0][0], ids.len == (size_t)3 * ID_LEN);
		for (size_t i = 0; i < b.n; i++)
			assert_true(id_eq(b.by[i]->id, id_from((const uint8_t *)ids.p + i * ID_LEN)));
		same(buf_span(&b.genesis), vector_get(&v, "genesis"));
		same(buf_span(&b.with_sigs), vector_get(&v, "signed"));
		same(hash_span(&b.hash), vector_get(&v, "hash"));
		join(&b, &joined);
		same(buf_span(&joined), vector_get(&v, "join"));
		ok(genesis_check(vector_get(&v, "signed"), &g, &found));
		same(found, vector_get(&v, "genesis"));
	}
	assert_int_equal(n, 2);
}

/* What is read is what was said, and encodes to the same bytes. */
static void test_reads_what_was_said(void **state)
{
	(void)state;
	for (unsigned two = 0; two < 2; two++) {
		cleanup(born_free) struct born b = { 0 };
		cleanup(buf_free) struct buf again = BUF_INIT;
		struct genesis g;
		bear(&b, CIPHER_CHACHA20POLY1305, two);
		ok(genesis_decode(buf_span(&b.genesis), &g));
		assert_true(id_eq(g.vault, vault()) && g.cipher == CIPHER_CHACHA20POLY1305 && g.time == 1700000000);
		assert_int_equal(g.slot_n, 1 + two);
		assert_true(hash_eq(g.commitment, b.g.commitment));
		ok(genesis_encode(&g, &again));
		same(buf_span(&again), buf_span(&b.genesis));
	}
}

static void test_who_is_named(void **state)
{
	(void)state;
	for (size_t slots = 1; slots <= GENESIS_SLOTS_MAX; slots++) {
		cleanup(born_free) struct born b = { 0 };
		cleanup(roster_free) struct roster r = { 0 };
		cleanup(heard_set_free) struct heard_set set = { .vault = vault() };
		cleanup(buf_free) struct buf joined = BUF_INIT;
		cleanup(secret_freep) struct signer_mine *phone = signer(PHONE);
		struct roster_named named[GENESIS_SIGNERS_MAX];
		size_t n;
		bear(&b, CIPHER_AES256GCM, slots == 2);
		ok(genesis_named(&b.g, named, &n));
		assert_int_equal(n, slots + 1);
		assert_true(id_eq(named[0].id, b.by[0]->id) && id_eq(named[1].id, b.by[slots]->id));
		if (slots == 2)
			assert_true(id_eq(named[2].id, b.by[1]->id));
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(named[i].who.rank, i);
		join(&b, &joined);
		ok(heard_set_add(&set, buf_span(&joined)));
		struct signature_of of = { vault(), b.hash };
		struct roster_basis basis = { named, n, signature_check, &of };
		ok(roster_make(&basis, set.v, set.n, &r));
		assert_true(roster_who(&r, phone->id) && roster_member(roster_who(&r, phone->id)));
	}
}

/* Wherever it is cut or longer it is refused; so it is with any bit turned, for its signatures at the latest. */
static void test_damage_is_refused(void **state)
{
	(void)state;
	cleanup(born_free) struct born b = { 0 };
	struct genesis g;
	struct span found;
	bear(&b, CIPHER_AES256GCM, true);
	for (size_t n = 0; n < b.genesis.len; n++)
		assert_int_equal(genesis_decode(SPAN(b.genesis.p, n), &g), ERR_DAMAGED);
	for (size_t n = 0; n < b.with_sigs.len; n++)
		assert_int_equal(genesis_check(SPAN(b.with_sigs.p, n), &g, &found), ERR_DAMAGED);
	for (size_t i = 0; i < b.with_sigs.len; i++) {
		b.with_sigs.p[i] ^= 0x10;
		err_t e = genesis_check(buf_span(&b.with_sigs), &g, &found);
		assert_true(e == ERR_DAMAGED || e == ERR_VERSION);
		b.with_sigs.p[i] ^= 0x10;
	}
	ok(genesis_check(buf_span(&b.with_sigs), &g, &found));
	buf_u8(&b.with_sigs, 0);
	assert_int_equal(genesis_check(buf_span(&b.with_sigs), &g, &found), ERR_DAMAGED);
	buf_u8(&b.genesis, 0);
	assert_int_equal(genesis_decode(buf_span(&b.genesis), &g), ERR_DAMAGED);
}

/* Behind label and vault id: cipher, block hash, KDF, box, block size. */
static void test_unknown_suites_are_newer(void **state)
{
	(void)state;
	cleanup(born_free) struct born b = { 0 };
	struct genesis g;
	struct span found;
	bear(&b, CIPHER_AES256GCM, false);
	for (size_t i = 0; i < 8; i++) {
		b.genesis.p[36 + i] ^= 0x40;
		b.with_sigs.p[38 + i] ^= 0x40;
		assert_int_equal(genesis_decode(buf_span(&b.genesis), &g), ERR_VERSION);
		assert_int_equal(genesis_check(buf_span(&b.with_sigs), &g, &found), ERR_VERSION);
		b.genesis.p[36 + i] ^= 0x40;
		b.with_sigs.p[38 + i] ^= 0x40;
	}
}

static void test_other_slots_are_refused(void **state)
{
	(void)state;
	static const enum signer_kind kinds[][2] = { { SIGNER_PASSPHRASE, SIGNER_PASSPHRASE },
		                                     { SIGNER_RECOVERY, SIGNER_RECOVERY },
		                                     { SIGNER_PASSPHRASE, SIGNER_RECOVERY },
		                                     { SIGNER_DEVICE, SIGNER_PASSPHRASE } };
	cleanup(born_free) struct born b = { 0 };
	struct genesis g;
	bear(&b, CIPHER_AES256GCM, true);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		cleanup(buf_free) struct buf out = BUF_INIT;
		struct genesis other = b.g;
		other.slot[0].who.kind = kinds[i][0];
		other.slot[1].who.kind = kinds[i][1];
		assert_int_equal(genesis_encode(&other, &out), ERR_INVAL);
		assert_int_equal(out.len, 0);
	}
	/* its slots stand at the end: kind, two keys, two hashes, box; the commitment is last */
	size_t one = 1 + 32 + 2 + 33 + 32 + 32 + 2 + 145, first = b.genesis.len - 32 - 2 * one;
	b.genesis.p[first] = SIGNER_PASSPHRASE;
	assert_int_equal(genesis_decode(buf_span(&b.genesis), &g), ERR_DAMAGED);
	b.genesis.p[first] = b.genesis.p[first + one] = SIGNER_RECOVERY;
	assert_int_equal(genesis_decode(buf_span(&b.genesis), &g), ERR_DAMAGED);
	b.genesis.p[first + one] = SIGNER_PASSPHRASE;
	b.genesis.p[first - 2] = 0; /* of no slot: what follows is too much */
	assert_int_equal(genesis_decode(buf_span(&b.genesis), &g), ERR_DAMAGED);
}

static void test_only_who_is_named_signs(void **state)
{
	(void)state;
	cleanup(born_free) struct born b = { 0 };
	cleanup(secret_freep) struct signer_mine *phone = signer(PHONE);
	cleanup(buf_free) struct buf out = BUF_INIT;
	bear(&b, CIPHER_AES256GCM, false);
	const struct signer_mine *others[][2] = { { b.by[1], b.by[0] }, { b.by[0], phone } };
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(genesis_sign(buf_span(&b.genesis), others[i], 2, &out), ERR_INVAL);
	assert_int_equal(genesis_sign(buf_span(&b.genesis), (const struct signer_mine *const *)b.by, 1, &out),
	                 ERR_INVAL);
	assert_int_equal(out.len, 0);
}

static void test_each_draws_another(void **state)
{
	(void)state;
	cleanup(secret_freep) struct signer_mine *a = NULL, *b = NULL, *again = NULL;
	ok(signer_mine_draw(vault(), SIGNER_DEVICE, &a));
	ok(signer_mine_draw(vault(), SIGNER_DEVICE, &b));
	assert_false(id_eq(a->id, b->id) || !memcmp(&a->seed, &b->seed, sizeof(a->seed)) ||
	             !memcmp(&a->mix, &b->mix, sizeof(a->mix)));
	ok(signer_mine_of(vault(), SIGNER_DEVICE, &a->seed, &a->mix, &again));
	assert_memory_equal(a, again, sizeof(*a));
	secret_freep(&again);
	ok(signer_mine_of(vault(), SIGNER_DEVICE, &a->seed, &b->mix, &again));
	assert_false(id_eq(a->id, again->id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_reads_what_was_said),
		cmocka_unit_test(test_who_is_named),
		cmocka_unit_test(test_damage_is_refused),
		cmocka_unit_test(test_unknown_suites_are_newer),
		cmocka_unit_test(test_other_slots_are_refused),
		cmocka_unit_test(test_only_who_is_named_signs),
		cmocka_unit_test(test_each_draws_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
