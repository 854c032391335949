/* SPDX-License-Identifier: MIT
 * Whom the recovery key alone let in, the most senior device lets in as well (sync/members/vouch.h), so that a thief
 * who has that device does not replace the key at once.
 */
#include "sync/members/recovery.h"
#include "sync/members/saying.h"
#include "tests/sync_epochs.h"

/* joins_by: how many JOINs of one, by whom, count on `d`. */
static unsigned joins_by(const struct ship *d, struct id by, struct id of)
{
	const struct roster *r = &d->sync->statements->roster;
	unsigned n = 0;
	for (size_t i = 0; i < r->said_n; i++) {
		const struct roster_said *x = &r->said[i];
		n += x->s->as.kind == SIGNER_JOIN && roster_counts(r, i) && id_eq(r->signer[x->signer].id, by) &&
		     id_eq(r->signer[x->about].id, of);
	}
	return n;
}

static bool in_force(const struct ship *d)
{
	return id_eq(roster_in_force(&d->sync->statements->roster)->id, d->sync->c.members.named[0].id);
}

/* steal: who has `d` says that a key of its own takes the place of the one in force, which had let in nobody. */
static void steal(struct ship *d)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	cleanup(secret_freep) struct signer_mine *slot = NULL;
	struct sync *s = d->sync;
	struct statement body = { .kind = SIGNER_SLOT, .id = s->c.members.named[0].id };
	const struct chain_of who = saying_of(s, s->c.members.mine);
	struct chain at;
	ok(signer_mine_draw(keyring_vault(d->keyring), SIGNER_RECOVERY, &slot));
	body.who = signer_mine_new_of(slot, statements_rank(&s->statements->roster, d->id));
	body.who.wrap = (struct hash){ { 1 } };
	ok(saying_last(s, &at));
	ok(chain_next(&who, &body, &at, &said));
	ok(saying_known(s, &said));
}

/* vouched: the first one has published something since it knows the others. */
static void vouched(struct three *x)
{
	turn(x, 2);
	ship_must(x->a, DEED_WRITE, "/by-a", "1");
	turn(x, 3);
}

static void the_first_device_lets_in_whom_the_recovery_key_did(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	vouched(&x);
	for (size_t i = 0; i < x.f.n; i++) {
		assert_int_equal(joins_by(&x.f.d[i], x.a->id, x.b->id), 1);
		assert_int_equal(joins_by(&x.f.d[i], x.a->id, x.c->id), 1);
		assert_int_equal(joins_by(&x.f.d[i], x.b->id, x.c->id), 0);
		assert_false(ship_alarmed(&x.f.d[i], "refused"));
	}
	const size_t n = x.a->sync->statements->roster.said_n;
	turn(&x, 3);
	ship_crash(&x.f, x.a);
	turn(&x, 3);
	assert_int_equal(x.a->sync->statements->roster.said_n, n); /* once */
	fleet_free(&x.f);
}

static void a_thief_who_has_the_first_device_replaces_no_key(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	vouched(&x);
	steal(x.a);
	hear(x.b, x.a);
	assert_true(in_force(x.a) && in_force(x.b));
	assert_true(roster_member(roster_who(&x.b->sync->statements->roster, x.b->id)));
	recovery_mirror(x.b->sync);
	assert_int_equal(x.b->sync->recovery.pending_n, 1);
	assert_int_equal(x.b->sync->recovery.pending[0].here, RECOVERY_HINDERED); /* it leaves out what the key said */
	fleet_free(&x.f);
}

/* Where it publishes nothing it does so by itself, a day later. */
static void who_writes_nothing_does_it_a_day_later(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	turn(&x, 3);
	assert_int_equal(joins_by(x.a, x.a->id, x.b->id), 0);
	x.f.now += 86401 * NS_PER_S;
	turn(&x, 4);
	assert_int_equal(joins_by(x.b, x.a->id, x.b->id), 1);
	assert_int_equal(joins_by(x.b, x.a->id, x.c->id), 1);
	fleet_free(&x.f);
}

/* In the absence of the first one the next does. */
static void the_next_senior_one_does_it_where_the_first_is_out(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	vouched(&x);
	revoke_by(x.b, x.a);
	turn(&x, 4);
	struct ship *d = fleet_join(&x.f, "late");
	ship_must(d, DEED_WRITE, "/late", "1");
	turn(&x, 3);
	assert_int_equal(joins_by(x.c, x.b->id, d->id), 0);
	ship_must(x.b, DEED_WRITE, "/by-b", "1");
	turn(&x, 3);
	assert_int_equal(joins_by(x.c, x.b->id, d->id), 1);
	fleet_free(&x.f);
}

/* Else who joins by a leaked key would outlive it. */
static void nobody_is_let_in_while_a_replacement_is_not_settled(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	vouched(&x);
	steal(x.b);
	hear(x.a, x.b);
	struct ship *d = fleet_join(&x.f, "late");
	ship_must(d, DEED_WRITE, "/late", "1");
	turn(&x, 2);
	ship_must(x.a, DEED_WRITE, "/by-a", "2");
	turn(&x, 2);
	assert_int_equal(joins_by(x.a, x.a->id, d->id), 0);
	fleet_free(&x.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_device_lets_in_whom_the_recovery_key_did),
		cmocka_unit_test(a_thief_who_has_the_first_device_replaces_no_key),
		cmocka_unit_test(who_writes_nothing_does_it_a_day_later),
		cmocka_unit_test(the_next_senior_one_does_it_where_the_first_is_out),
		cmocka_unit_test(nobody_is_let_in_while_a_replacement_is_not_settled),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
