/* SPDX-License-Identifier: MIT
 * Who is a member: what the model's statements cannot be (tests/model/against_roster.py has the rest), signatures,
 * limits, and whether a device may confirm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "crypto/public.h"
#include "crypto/random.h"
#include "vault/members/signature.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define world_check(x) assert_true(x)
#include "tests/roster_world.h"

enum { OLD, LAPTOP, PASSPHRASE, NEW, PHONE, TABLET };

static void end(struct world *w)
{
	heard_set_free(&w->set);
}

static bool is_member(struct world *w, unsigned who)
{
	cleanup(roster_free) struct roster r = { 0 };
	world_roster(w, &r);
	const struct roster_signer *x = roster_who(&r, world_id(w, who));
	return x && roster_member(x);
}

static void test_pins_that_are_no_statement(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 3; how++) {
		cleanup(end) struct world w;
		world_begin(&w, false);
		world_join(&w, LAPTOP, PHONE, 2);
		size_t said = world_join(&w, PHONE, TABLET, 3);
		struct statement s = { .kind = SIGNER_REVOKE, .id = world_id(&w, PHONE), .pin = world_pin(&w, said) };
		s.pin.number += how == 1;
		s.pin.hash.b[0] ^= how == 2;
		world_say(&w, LAPTOP, WORLD_LAST, &s);
		assert_false(is_member(&w, PHONE));
		assert_int_equal(is_member(&w, TABLET), how == 0);
	}
}

static void test_chains_with_gaps(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	world_begin(&w, false);
	world_join(&w, LAPTOP, PHONE, 2);
	world_join(&w, LAPTOP, TABLET, 3);
	assert_true(is_member(&w, TABLET));
	struct heard first = w.set.v[0];
	w.set.v[0] = w.set.v[1];
	w.set.n = 1; /* the first one has not come yet */
	assert_false(is_member(&w, TABLET));
	w.set.v[w.set.n++] = first;
	assert_true(is_member(&w, TABLET));
}

static void test_a_revoked_id_that_nobody_names(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	world_begin(&w, false);
	size_t said = world_revoke(&w, LAPTOP, PHONE, WORLD_FIRST);
	assert_false(is_member(&w, PHONE));
	cleanup(roster_free) struct roster r = { 0 };
	world_roster(&w, &r);
	assert_null(roster_who(&r, world_id(&w, PHONE)));
	assert_int_equal(r.said[said].about, ROSTER_NONE);
	world_join(&w, LAPTOP, PHONE, 2); /* the pin was there before */
	assert_false(is_member(&w, PHONE));
}

static err_t no_memory(void *ctx, const struct heard *s, const uint8_t *sign_key)
{
	(void)ctx, (void)s, (void)sign_key;
	return ERR_NOMEM;
}

static void test_what_ends_it(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	world_begin(&w, false);
	world_join(&w, LAPTOP, PHONE, 2);
	struct roster r;
	struct roster_basis b = { .named = w.named, .named_n = 2, .check = no_memory };
	assert_int_equal(roster_make(&b, w.set.v, w.set.n, &r), ERR_NOMEM);
	b.named_n = 1;
	assert_int_equal(roster_make(&b, w.set.v, 0, &r), ERR_INVAL);
	struct heard s;
	assert_int_equal(heard_read(w.set.vault, SPAN(w.set.v[0].bytes.p, w.set.v[0].bytes.len - 1), &s), ERR_DAMAGED);
}

/* -- signatures -------------------------------------------------------------------------------------------------- */

struct signed_join {
	struct key signer, joiner;
	struct public_keys signer_keys, joiner_keys;
	struct signature_of of;
	uint8_t box_key[1 + SIGNER_KEY];
};

/* make: a JOIN whose proof and signature are by these keys. */
static void make(struct signed_join *j, const struct key *proof_by, const struct key *by, struct buf *out)
{
	cleanup(buf_free) struct buf body = BUF_INIT, message = BUF_INIT, all = BUF_INIT;
	uint8_t proof[SIGNER_SIG], sig[SIGNER_SIG];
	struct statement s = { .kind = SIGNER_JOIN, .proof = proof };
	struct signer_said said = { .kind = SIGNER_JOIN, .number = 1, .sig = sig };
	s.who = (struct signer_new){ .rank = 2, .kind = SIGNER_DEVICE, .sign_key = j->joiner_keys.sign };
	j->box_key[0] = 1;
	memcpy(j->box_key + 1, j->joiner_keys.box, SIGNER_KEY);
	s.who.box_key = SPAN(j->box_key, sizeof(j->box_key));
	ok(statement_proof_message(j->of.vault, j->of.genesis, &s.who, &message));
	ok(crypto_sign(proof_by, buf_span(&message), proof));
	ok(statement_put_body(&body, &s));
	said.body = buf_span(&body);
	ok(signer_message(j->of.vault, j->of.genesis, &said, &all));
	ok(crypto_sign(by, buf_span(&all), sig));
	ok(signer_put_statement(out, &said));
}

static err_t looked_at(struct signed_join *j, const struct key *proof_by, const struct key *by)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct heard s;
	make(j, proof_by, by, &out);
	ok(heard_read(j->of.vault, buf_span(&out), &s));
	return signature_check(&j->of, &s, j->signer_keys.sign);
}

static void test_signatures(void **state)
{
	(void)state;
	struct signed_join j = { .of = { .vault = { { 1 } }, .genesis = { { 2 } } } };
	memset(j.signer.b, 3, sizeof(j.signer.b));
	memset(j.joiner.b, 4, sizeof(j.joiner.b));
	ok(keys_from_seed(&j.signer, &j.signer_keys));
	ok(keys_from_seed(&j.joiner, &j.joiner_keys));
	ok(looked_at(&j, &j.joiner, &j.signer));
	assert_int_equal(looked_at(&j, &j.signer, &j.signer), ERR_DAMAGED);
	assert_int_equal(looked_at(&j, &j.joiner, &j.joiner), ERR_DAMAGED);
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct heard s;
	make(&j, &j.joiner, &j.signer, &out);
	ok(heard_read(j.of.vault, buf_span(&out), &s));
	j.of.genesis.b[0]++; /* of another vault */
	assert_int_equal(signature_check(&j.of, &s, j.signer_keys.sign), ERR_DAMAGED);
}

/* -- streams ----------------------------------------------------------------------------------------------------- */

static size_t incarnation(struct world *w, unsigned who, uint16_t n)
{
	struct statement s = { .kind = SIGNER_INCARNATION };
	memcpy(s.id.b, &n, sizeof(n));
	return world_say(w, who, WORLD_LAST, &s);
}

static void streams_of(const struct world *w, struct roster *r, struct roster_streams *ret)
{
	world_roster(w, r);
	ok(roster_streams_make(r, ret));
}

static size_t begun(const struct roster_streams *l, size_t from)
{
	size_t n = 0;
	for (size_t i = from; i < l->n; i++)
		n += l->v[i].begins;
	return n;
}

static void test_the_senior_one_has_a_number(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 2; how++) {
		cleanup(end) struct world w;
		cleanup(roster_free) struct roster r = { 0 };
		cleanup(roster_streams_free) struct roster_streams l = { 0 };
		world_begin(&w, false);
		world_join(&w, LAPTOP, PHONE, 2);
		size_t a = incarnation(&w, how ? LAPTOP : PHONE, 1), b = incarnation(&w, PHONE, 2);
		memset(w.set.v[a].hash.b, 7, 9); /* hashes that begin with the same eight bytes */
		memset(w.set.v[b].hash.b, 7, 9);
		w.set.v[a].hash.b[8] = 9;
		if (!how)
			w.set.v[b].as.previous = w.set.v[a].hash;
		streams_of(&w, &r, &l);
		const struct roster_stream *s = roster_streams_find(&l, UINT64_C(0x0707070707070707));
		assert_non_null(s);
		assert_int_equal(l.n, 2);
		assert_int_equal(begun(&l, 0), 1);
		assert_true(s->begins);
		assert_true(hash_eq(s->hash, w.set.v[how ? a : b].hash));
		assert_null(roster_streams_find(&l, 7));
	}
}

static void test_a_number_of_zero(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(roster_streams_free) struct roster_streams l = { 0 };
	world_begin(&w, false);
	size_t said = incarnation(&w, LAPTOP, 1);
	memset(w.set.v[said].hash.b, 0, 8);
	streams_of(&w, &r, &l);
	assert_int_equal(begun(&l, 0), 0);
}

/* close_stream: behind its first commit, or before that. */
static void close_stream(struct world *w, unsigned who, size_t said, bool used)
{
	struct statement s = { .kind = SIGNER_CLOSE };
	s.end.n = used;
	s.end.hash.b[0] = used;
	s.end.stream = roster_streams_number(w->set.v[said].hash);
	world_say(w, who, WORLD_LAST, &s);
}

static void test_limits(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	world_begin(&w, false);
	world_join(&w, LAPTOP, PHONE, 2);
	for (uint16_t i = 0; i < STREAMS_OPEN_MAX; i++)
		incarnation(&w, PHONE, i);
	size_t junior = w.set.n - 1;
	{
		cleanup(roster_free) struct roster r = { 0 };
		cleanup(roster_streams_free) struct roster_streams l = { 0 };
		incarnation(&w, LAPTOP, 1);
		streams_of(&w, &r, &l);
		assert_int_equal(l.n, STREAMS_OPEN_MAX + 1);
		assert_true(l.v[0].begins); /* the senior device's, though it came last */
		assert_int_equal(begun(&l, 0), STREAMS_OPEN_MAX);
		assert_false(l.v[STREAMS_OPEN_MAX].begins);
	}
	close_stream(&w, LAPTOP, junior, true); /* so one more is open */
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(roster_streams_free) struct roster_streams l = { 0 };
	streams_of(&w, &r, &l);
	assert_int_equal(begun(&l, 0), STREAMS_OPEN_MAX + 1);
}

static void test_limit_of_all(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(roster_streams_free) struct roster_streams l = { 0 };
	world_begin(&w, false);
	for (uint16_t i = 0; i <= STREAMS_MAX; i++)
		close_stream(&w, OLD, incarnation(&w, LAPTOP, i), true);
	streams_of(&w, &r, &l);
	assert_int_equal(begun(&l, 0), STREAMS_MAX);
	assert_false(l.v[STREAMS_MAX].begins);
}

static void test_what_is_cut_at_0_takes_no_place(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(roster_streams_free) struct roster_streams l = { 0 };
	world_begin(&w, false);
	for (uint16_t i = 0; i <= STREAMS_MAX; i++)
		close_stream(&w, OLD, incarnation(&w, LAPTOP, i), false);
	world_join(&w, LAPTOP, PHONE, 2);
	size_t junior = incarnation(&w, PHONE, 1);
	streams_of(&w, &r, &l);
	assert_int_equal(begun(&l, 0), STREAMS_MAX + 2);
	const struct roster_stream *s = roster_streams_find(&l, roster_streams_number(w.set.v[junior].hash));
	assert_true(s && s->begins && !s->cut);
}

/* -- whether to confirm ------------------------------------------------------------------------------------------- */

static enum confirm asked(struct world *w, unsigned who, size_t said)
{
	cleanup(roster_free) struct roster r = { 0 };
	const struct heard *s = &w->set.v[said];
	world_roster(w, &r);
	for (size_t i = 0; i < r.said_n; i++)
		if (hash_eq(r.said[i].s->hash, s->hash))
			return confirm_ask(&r, (size_t)(roster_who(&r, world_id(w, who)) - r.signer), i);
	fail_msg("the statement is not good");
	return CONFIRM_NOT_ASKED;
}

static size_t family(struct world *w)
{
	world_begin(w, true);
	world_join(w, LAPTOP, PHONE, 3);
	return world_join(w, PHONE, TABLET, 4);
}

static void test_who_is_asked(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	family(&w);
	size_t s = world_replace(&w, LAPTOP, NEW, OLD, WORLD_FIRST);
	assert_int_equal(asked(&w, PHONE, s), CONFIRM_MAY);
	assert_int_equal(asked(&w, LAPTOP, s), CONFIRM_NOT_ASKED);
	assert_int_equal(asked(&w, PASSPHRASE, s), CONFIRM_NOT_ASKED);
	world_confirm(&w, PHONE, s);
	assert_int_equal(asked(&w, PHONE, s), CONFIRM_NOT_ASKED);
	assert_int_equal(asked(&w, TABLET, s), CONFIRM_MAY);
	assert_true(is_member(&w, OLD));
	world_confirm(&w, TABLET, s);
	assert_false(is_member(&w, OLD)); /* all have confirmed: nobody is asked any more */
	assert_true(is_member(&w, NEW));
	assert_int_equal(asked(&w, TABLET, s), CONFIRM_NOT_ASKED);
}

static void test_vetoes(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 4; how++) {
		cleanup(end) struct world w;
		family(&w);
		size_t before = world_revoke(&w, PHONE, PASSPHRASE, WORLD_FIRST);
		size_t s = world_replace(&w, PHONE, NEW, OLD, WORLD_FIRST);
		if (how == 0)
			world_revoke(&w, OLD, NEW, WORLD_FIRST);
		if (how == 1)
			world_revoke(&w, OLD, PHONE, before);
		if (how == 2)
			world_revoke(&w, OLD, PHONE, s); /* at that statement: it stands */
		if (how == 3)
			world_revoke(&w, LAPTOP, NEW, WORLD_FIRST); /* of a device: no veto */
		enum confirm want[] = { CONFIRM_VETO, CONFIRM_VETO, CONFIRM_LEAVES_OUT, CONFIRM_MAY };
		assert_int_equal(asked(&w, TABLET, s), want[how]);
	}
}

static void test_what_it_leaves_out(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 2; how++) {
		cleanup(end) struct world w;
		family(&w);
		size_t a = world_join(&w, OLD, 5 + 1, 3), b = world_join(&w, OLD, 8, 3);
		size_t s = world_replace(&w, LAPTOP, NEW, OLD, how ? b : a);
		assert_int_equal(asked(&w, PHONE, s), how ? CONFIRM_MAY : CONFIRM_LEAVES_OUT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pins_that_are_no_statement),
		cmocka_unit_test(test_chains_with_gaps),
		cmocka_unit_test(test_a_revoked_id_that_nobody_names),
		cmocka_unit_test(test_what_ends_it),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_the_senior_one_has_a_number),
		cmocka_unit_test(test_a_number_of_zero),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limit_of_all),
		cmocka_unit_test(test_what_is_cut_at_0_takes_no_place),
		cmocka_unit_test(test_who_is_asked),
		cmocka_unit_test(test_vetoes),
		cmocka_unit_test(test_what_it_leaves_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
