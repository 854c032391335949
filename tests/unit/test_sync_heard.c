/* SPDX-License-Identifier: MIT
 * What those say who count for nobody: it costs so much, and no more (sync/members/statements.h, 3).
 */
#include "sync/core/epoch.h"
#include "sync/members/chain.h"
#include "sync/members/statements.h"
#include "sync/pull/stranger.h"
#include "tests/sync_fleet.h"
#include "vault/join/vault_key.h"

/* hear: as of another's commit. */
static void hear(struct ship *d, const struct records *said)
{
	for (size_t i = 0; i < said->n; i++)
		ok(statements_visit(d->sync, records_key(said->v[i]), buf_span(&said->v[i]->value)));
}

/* say: one statement of `by` behind `at`. */
static void say(struct fleet *f, const struct signer_mine *by, const struct statement *body, struct chain *at,
                struct records *said)
{
	ok(chain_next(&(struct chain_of){ by, keyring_genesis(f->v->keyring), 1 }, body, at, said));
}

/* say_join: that lets `whom` in. */
static void say_join(struct fleet *f, const struct signer_mine *by, const struct signer_mine *whom, uint32_t rank,
                     struct chain *at, struct records *said)
{
	uint8_t proof[SIGNER_SIG];
	ok(mine_prove(whom, keyring_genesis(f->v->keyring), proof));
	struct statement join = { .kind = SIGNER_JOIN, .who = signer_mine_new_of(whom, rank), .proof = proof };
	say(f, by, &join, at, said);
}

static struct signer_mine *draw(struct fleet *f, enum signer_kind kind)
{
	struct signer_mine *m = NULL;
	ok(signer_mine_draw(keyring_vault(f->v->keyring), kind, &m));
	return m;
}

static bool is_in(struct ship *d, const struct signer_mine *m)
{
	const struct roster_signer *x = roster_who(&d->sync->statements->roster, m->id);
	return x && x->in && !x->pinned;
}

/* -- what is not good -------------------------------------------------------------------------------------------- */

static void a_forged_one_is_looked_at_once(void **state)
{
	struct fleet f;
	cleanup(records_free) struct records said = RECORDS_INIT;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *a = &f.d[0];
	struct signer_mine *slot = draw(&f, SIGNER_RECOVERY), *thief = draw(&f, SIGNER_DEVICE);
	struct chain at = { 0 };
	slot->id = f.v->slot->id;
	say_join(&f, slot, thief, 2, &at, &said);
	hear(a, &said);
	ok(statements_make(a->sync));
	assert_int_equal(a->sync->statements->forged.n, 1);
	assert_null(roster_who(&a->sync->statements->roster, thief->id));
	secret_free(slot);
	secret_free(thief);
	fleet_free(&f);
}

/* hear_unknown: that many of nobody. */
static void hear_unknown(struct ship *d, uint32_t n)
{
	static const uint8_t sig[SIGNER_SIG] = { 9 };
	for (uint32_t i = 0; i < n; i++) {
		cleanup(buf_free) struct buf b = BUF_INIT;
		struct signer_said s = { .kind = 99, .number = 1, .body = span_str("?"), .sig = sig };
		memcpy(s.signer.b, &i, sizeof(i));
		ok(signer_put_statement(&b, &s));
		ok(statements_keep(d->sync, buf_span(&b)));
	}
}

static void much_that_is_not_good_is_dropped_and_taken_when_it_is(void **state)
{
	struct fleet f;
	cleanup(records_free) struct records joins = RECORDS_INIT, begins = RECORDS_INIT;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *a = &f.d[0];
	struct statements *t = a->sync->statements;
	struct signer_mine *late = draw(&f, SIGNER_DEVICE);
	struct chain slot = { 0 }, own = { 0 };
	say_join(&f, f.v->slot, late, 2, &slot, &joins);
	say(&f, late, &(struct statement){ .kind = SIGNER_INCARNATION }, &own, &begins);
	hear(a, &begins); /* before anything lets it in */
	hear_unknown(a, STATEMENTS_IDLE - 1);
	ok(statements_make(a->sync));
	assert_int_equal(t->set.n - t->roster.said_n, STATEMENTS_IDLE); /* it may be one day */
	hear_unknown(a, STATEMENTS_IDLE + 1);
	ok(statements_make(a->sync));
	assert_int_equal(t->set.n, t->roster.said_n);
	assert_int_equal(t->seen.n, t->set.n);
	assert_int_equal(t->stray.n, 0);
	hear(a, &joins);
	hear(a, &begins);
	ok(statements_make(a->sync));
	assert_true(is_in(a, late));
	assert_non_null(streams_find(a->sync, id_from(own.hash.b)));
	secret_free(late);
	fleet_free(&f);
}

/* -- what is vain ------------------------------------------------------------------------------------------------ */

/* flood: that many INCARNATIONs of a thief. */
static void flood(struct fleet *f, struct ship *d, struct ship *thief, struct chain *at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		cleanup(records_free) struct records said = RECORDS_INIT;
		struct statement body = { .kind = SIGNER_INCARNATION };
		memcpy(body.id.b, &i, sizeof(i));
		say(f, thief->mine, &body, at, &said);
		hear(d, &said);
	}
	ok(statements_make(d->sync));
}

static void who_was_revoked_fills_no_memory_and_hides_nothing_it_said_before(void **state)
{
	struct fleet f;
	cleanup(records_free) struct records joins = RECORDS_INIT, revokes = RECORDS_INIT;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *a = &f.d[0], *thief = fleet_join(&f, "phone");
	struct statements *t = a->sync->statements;
	struct signer_mine *friend = draw(&f, SIGNER_DEVICE);
	struct statement revoke = { .kind = SIGNER_REVOKE, .id = thief->id };
	struct chain honest, stolen, own;
	ship_step(a);
	ok(chain_get(thief->map, &honest));
	stolen = honest;
	say_join(&f, thief->mine, friend, 4, &honest, &joins);
	ok(chain_get(a->map, &own));
	revoke.pin = (struct statement_pin){ honest.number, honest.hash };
	say(&f, a->mine, &revoke, &own, &revokes);
	hear(a, &revokes);
	flood(&f, a, thief, &stolen, STATEMENTS_VAIN);
	size_t full = t->set.n;
	assert_in_range(t->vain, STATEMENTS_VAIN, STATEMENTS_VAIN + 10);
	flood(&f, a, thief, &stolen, 100);
	assert_int_equal(t->set.n, full);
	assert_false(is_in(a, friend));
	hear(a, &joins); /* to which the pin leads */
	ok(statements_make(a->sync));
	assert_true(is_in(a, friend));
	secret_free(friend);
	fleet_free(&f);
}

/* -- what is asked for no more ------------------------------------------------------------------------------------ */

/* refuse: the store gives d no objects of x's stream. */
static void refuse(struct fleet *f, struct ship *d, struct ship *x, bool head, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(head ? name_head(&epoch.names, ship_stream(x), name)
	        : name_commit(&epoch.names, ship_stream(x), x->sync->st.n, 0, name));
	fault_set(d->store,
	          &(struct fault_plan){ .ops = FAULT_GET, .error = 1000, .error_code = ERR_REFUSED, .name = name });
}

static void nobody_is_told_of_places_that_no_stream_has_any_more(void **state)
{
	(void)state;
	for (unsigned head = 0; head < 2; head++) {
		struct fleet f;
		char name[OBJECT_NAME];
		cleanup(records_free) struct records revokes = RECORDS_INIT;
		const char *text = head ? "lost or withheld" : "does not give out";
		fleet_new(&f, &vault);
		struct ship *a = &f.d[0], *b = fleet_join(&f, "laptop");
		struct statement revoke = { .kind = SIGNER_REVOKE, .id = b->id };
		struct chain own;
		fleet_settle(&f);
		ship_must(b, DEED_WRITE, "/b", "1");
		ship_step(b);
		refuse(&f, a, b, head, name);
		ship_step(a);
		assert_true(ship_alarmed(a, text));
		ok(chain_get(a->map, &own));
		say(&f, a->mine, &revoke, &own, &revokes);
		hear(a, &revokes);
		ok(statements_make(a->sync));
		assert_false(ship_alarmed(a, text));
		fleet_free(&f);
	}
}

/* -- what a head invents ----------------------------------------------------------------------------------------- */

static void counts(struct ship *d, uint32_t from, uint32_t n)
{
	struct applied_entry v[300] = { 0 };
	bool any = false;
	assert_true(n <= ARRAY_LEN(v));
	for (uint32_t i = 0; i < n; i++) {
		v[i].n = 1;
		v[i].stream.b[0] = (uint8_t)((from + i) >> 8);
		v[i].stream.b[1] = (uint8_t)(from + i);
		v[i].stream.b[2] = 7;
	}
	ok(stranger_heard(d->sync, &(struct applied){ v, n, ARRAY_LEN(v) }, &any));
	assert_true(any);
}

static bool is_met(struct ship *d, uint32_t i)
{
	const struct hash h = { { (uint8_t)(i >> 8), (uint8_t)i, 7 } };
	return hashes_has(&d->sync->unknown.met, h);
}

static void what_one_head_invents_hides_nothing_of_another(void **state)
{
	struct fleet f;
	bool met[300] = { false };
	(void)state;
	fleet_new(&f, &vault);
	struct ship *a = &f.d[0];
	counts(a, 0, 300);
	counts(a, 1000, 1);
	assert_true(is_met(a, 1000));
	for (unsigned round = 0; round < 40; round++) { /* and of its own each comes in turn */
		for (uint32_t i = 0; i < ARRAY_LEN(met); i++)
			met[i] |= is_met(a, i);
		hashes_free(&a->sync->unknown.met);
		counts(a, 0, 300);
	}
	for (size_t i = 0; i < ARRAY_LEN(met); i++)
		assert_true(met[i]);
	fleet_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forged_one_is_looked_at_once),
		cmocka_unit_test(much_that_is_not_good_is_dropped_and_taken_when_it_is),
		cmocka_unit_test(who_was_revoked_fills_no_memory_and_hides_nothing_it_said_before),
		cmocka_unit_test(nobody_is_told_of_places_that_no_stream_has_any_more),
		cmocka_unit_test(what_one_head_invents_hides_nothing_of_another),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
