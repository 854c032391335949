/* SPDX-License-Identifier: MIT
 * Epochs of a fleet (sync/members/begun.h): who begins one and when, what a device that was revoked can read of what
 * comes then, and who joins meanwhile.
 */
#include "sync/members/letter.h"
#include "sync/members/roots.h"
#include "tests/sync_epochs.h"
#include "vault/join/vault_key.h"

/* -- tests -----------------------------------------------------------------------------------------------------------
 */

static void a_revocation_begins_an_epoch(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	assert_int_equal(writes_under(x.a), 1);
	revoke_by(x.a, x.c);
	assert_true(is_due(x.a));
	ship_step(x.a);
	assert_int_equal(writes_under(x.a), 2);
	assert_false(is_due(x.a));
	ship_step(x.b);
	assert_true(same_epoch(x.a, x.b) && !is_due(x.b));
	turn(&x, 2);
	ship_must(x.b, DEED_WRITE, "/later", "1");
	turn(&x, 3);
	assert_true(ship_has(x.a, "/later") && !ship_has(x.c, "/later"));
	assert_int_equal(keyring_claimed(x.c->keyring), 1);
	assert_int_equal(x.a->sync->begun->n, 2);
	assert_int_equal(x.b->sync->begun->n, 2);
	assert_false(ship_alarmed(x.a, "refused") || ship_alarmed(x.b, "refused"));
	fleet_free(&x.f);
}

/* The whole store, and all keys of the one that was revoked: nothing of what came behind the start opens. Its keys open
 * what was there before, so the look is a look. */
static void who_was_revoked_opens_nothing_that_is_written_then(void **state)
{
	static struct name_list before;
	struct three x;
	size_t old = 0;
	(void)state;
	begin(&x);
	x.a->checkpoint_min = 1;
	revoke_by(x.a, x.c);
	ship_step(x.a); /* the start's own commit is under the old epoch, with statements alone */
	turn(&x, 1);
	list_all(&x.f, &before);
	for (size_t i = 0; i < before.n; i++)
		old += opens(&x.f, x.c->keyring, before.v[i]);
	assert_true(old > 5);
	for (unsigned i = 0; i < 4; i++) {
		ship_must(x.a, DEED_WRITE, i % 2 ? "/one" : "/b", "secret");
		ship_must(x.b, DEED_WRITE, i % 2 ? "/two" : "/c", "secret");
		turn(&x, 2);
	}
	x.f.header = x.b;
	struct ship *d = fleet_join(&x.f, "late");
	ship_must(d, DEED_WRITE, "/three", "secret");
	turn(&x, 3);
	assert_true(ship_has(x.a, "/three") && ship_has(d, "/two"));
	assert_int_equal(opened_since(&x.f, x.c->keyring, &before), 0);
	assert_true(opened_since(&x.f, x.b->keyring, &before) > 5);
	fleet_free(&x.f);
}

/* Two that do not see each other revoke one each, or the same: both begin; afterwards all write under the same. */
static void two_begin_one_at_once(void **state)
{
	(void)state;
	for (unsigned same = 0; same < 2; same++) {
		struct three x;
		begin(&x);
		struct ship *d = fleet_join(&x.f, "tablet");
		turn(&x, 3);
		revoke_by(x.a, x.c);
		if (same)
			hear(x.b, x.a);
		else
			revoke_by(x.b, d);
		fault_offline(x.b->store, ERR_NET);
		ship_step(x.a);
		(void)!sync_step(x.b->sync);
		assert_int_equal(writes_under(x.a), 2);
		assert_int_equal(writes_under(x.b), 2); /* it begins one while the store is away */
		assert_false(same_epoch(x.a, x.b));
		fault_offline(x.b->store, ERR_OK);
		turn(&x, 4);
		assert_true(same_epoch(x.a, x.b) && !is_due(x.a) && !is_due(x.b));
		assert_int_equal(writes_under(x.a), same ? 2 : 3);
		ship_must(x.a, DEED_WRITE, "/from-a", "1");
		ship_must(x.b, DEED_WRITE, "/from-b", "1");
		turn(&x, 3);
		assert_true(ship_has(x.a, "/from-b") && ship_has(x.b, "/from-a"));
		assert_true(!same || ship_has(d, "/from-a"));
		x.f.header = x.a;
		struct ship *late = fleet_join(&x.f, "late");
		turn(&x, 2);
		assert_true(ship_has(late, "/from-a") && ship_has(late, "/from-b") && same_epoch(late, x.a));
		fleet_free(&x.f);
	}
}

/* It is never seen again behind its start: the others go on, and bring its record. */
static void who_begins_one_dies(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	revoke_by(x.a, x.c);
	ship_step(x.a);
	fault_offline(x.a->store, ERR_NET);
	ship_step(x.b);
	assert_int_equal(writes_under(x.b), 2);
	ship_must(x.b, DEED_WRITE, "/alone", "1");
	for (unsigned i = 0; i < 4; i++)
		ship_step(x.b);
	bool unsaid = true;
	ok(begun_unsaid(x.b->sync, &unsaid));
	assert_false(unsaid);
	x.f.header = x.b;
	struct ship *late = fleet_join(&x.f, "late");
	ship_step(late);
	assert_true(ship_has(late, "/alone") && same_epoch(late, x.b));
	fleet_free(&x.f);
}

/* A power cut at each commit of the map, from the revocation on: at the end one epoch covers, and nothing that was
 * written behind it opens for who was revoked. */
static void a_power_cut_between_any_two_steps(void **state)
{
	(void)state;
	unsigned seen[2] = { 0 };
	for (unsigned cut = 1; cut < 14; cut++) {
		static struct name_list before;
		struct three x;
		begin(&x);
		ship_must(x.a, DEED_WRITE, "/before", "1");
		ship_cut_after(x.a, cut);
		revoke_by(x.a, x.c);
		(void)!sync_step(x.a->sync);
		(void)!sync_step(x.a->sync);
		ship_crash(&x.f, x.a);
		bool said = is_due(x.a) || writes_under(x.a) == 2;
		seen[said]++;
		turn(&x, 4);
		assert_true(!is_due(x.a) && !is_due(x.b) && same_epoch(x.a, x.b));
		assert_int_equal(writes_under(x.a), said ? 2 : 1);
		assert_true(x.a->sync->begun->n <= 2);
		list_all(&x.f, &before);
		ship_must(x.a, DEED_WRITE, "/after", "1");
		turn(&x, 3);
		assert_true(ship_has(x.b, "/before") && ship_has(x.b, "/after"));
		assert_int_equal(opened_since(&x.f, x.c->keyring, &before) == 0, said);
		fleet_free(&x.f);
	}
	assert_true(seen[0] + seen[1] == 13 && seen[1] > 5);
}

/* A device joins while another begins an epoch, and neither knows of the other: it has no box, and finds the root. */
static void who_joins_at_the_same_time_finds_the_root(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	fault_offline(x.a->store, ERR_NET);
	revoke_by(x.a, x.c);
	(void)!sync_step(x.a->sync);
	assert_int_equal(writes_under(x.a), 2);
	struct ship *d = fleet_join(&x.f, "tablet");
	ship_must(d, DEED_WRITE, "/tablet", "1");
	ship_step(d);
	fault_offline(x.a->store, ERR_OK);
	turn(&x, 6);
	assert_true(same_epoch(x.a, d) && same_epoch(x.b, d) && !is_due(d));
	ship_must(x.a, DEED_WRITE, "/later", "1");
	turn(&x, 3);
	assert_true(ship_has(d, "/later") && ship_has(x.a, "/tablet") && ship_has(x.b, "/tablet"));
	assert_false(ship_has(x.c, "/later"));
	fleet_free(&x.f);
}

/* Away since before two revocations: it follows. */
static void who_was_away_follows(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	struct ship *d = fleet_join(&x.f, "tablet");
	turn(&x, 2);
	fault_offline(d->store, ERR_NET);
	ship_must(d, DEED_WRITE, "/offline", "1");
	revoke_by(x.a, x.c);
	for (unsigned i = 0; i < 3; i++) {
		ship_step(x.a);
		ship_step(x.b);
	}
	revoke_by(x.a, x.b);
	ship_must(x.a, DEED_WRITE, "/alone", "1");
	for (unsigned i = 0; i < 3; i++)
		ship_step(x.a);
	fault_offline(d->store, ERR_OK);
	turn(&x, 3);
	assert_int_equal(writes_under(d), 3);
	assert_true(same_epoch(d, x.a) && ship_has(d, "/alone") && ship_has(x.a, "/offline"));
	fleet_free(&x.f);
}

/* The header that it read was older than two epochs: what it writes counts, and it gets all that is there. */
static void who_joins_by_an_old_header_finds_the_roots(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	struct ship *d = fleet_join(&x.f, "tablet");
	turn(&x, 2);
	revoke_by(x.a, x.c);
	turn(&x, 3);
	revoke_by(x.a, d);
	turn(&x, 3);
	ship_must(x.a, DEED_WRITE, "/later", "1");
	turn(&x, 2);
	struct ship *late = fleet_join(&x.f, "late");
	ship_must(late, DEED_WRITE, "/late", "1");
	turn(&x, 6);
	assert_true(ship_has(late, "/later") && ship_has(x.a, "/late") && ship_has(x.b, "/late"));
	assert_true(same_epoch(x.a, late) && same_epoch(x.b, late) && !is_due(late));
	fleet_free(&x.f);
}

/* More than the header has: each start is sealed under the epoch before, so it needs the first of them first. */
static void who_joins_behind_very_many_finds_the_roots(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	revoke_by(x.a, x.c);
	for (unsigned i = 0; i < 11; i++) {
		struct begun *b = x.a->sync->begun;
		b->v[b->n - 1].what.causes_n = 0; /* so it does not cover */
		ship_step(x.a);
	}
	assert_int_equal(writes_under(x.a), 12);
	turn(&x, 2);
	ship_must(x.a, DEED_WRITE, "/later", "1");
	turn(&x, 2);
	struct ship *late = fleet_join(&x.f, "late");
	ship_must(late, DEED_WRITE, "/late", "1");
	turn(&x, 6);
	assert_true(same_epoch(x.a, late) && same_epoch(x.a, x.b));
	assert_true(ship_has(late, "/later") && ship_has(x.a, "/late"));
	fleet_free(&x.f);
}

/* A checkpoint is what a newcomer has: with it come all roots, and it writes under the newest. */
static void who_joins_by_a_checkpoint_has_all_roots(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	revoke_by(x.a, x.c);
	turn(&x, 3);
	ship_crash(&x.f, x.b);
	x.b->sync->checkpoint.wanted = true;
	ship_must(x.b, DEED_WRITE, "/in-it", "1");
	turn(&x, 3);
	assert_true(x.b->sync->st.announced.epoch == 2);
	x.f.header = x.b;
	struct ship *d = fleet_join(&x.f, "late");
	assert_int_equal(writes_under(d), 2);
	ship_must(d, DEED_WRITE, "/late", "1");
	revoke_by(d, x.b);
	turn(&x, 4);
	assert_true(same_epoch(d, x.a) && writes_under(d) == 3 && ship_has(x.a, "/late"));
	assert_false(ship_alarmed(x.a, "refused") || ship_alarmed(d, "refused"));
	ship_crash(&x.f, d);
	assert_int_equal(writes_under(d), 3);
	fleet_free(&x.f);
}

/* key_of: what the first says of another's box key, which it has no box by. */
static void key_of(struct three *x, struct span key)
{
	const struct roster *r = &x->a->sync->statements->roster;
	for (size_t i = 0; i < r->signer_n; i++)
		if (id_eq(r->signer[i].id, x->b->id))
			r->signer[i].who.box_key = key;
	x->a->sync->roots.of = 0;
}

/* A member can let in whom no box can be made to: that ends no round of the others. */
static void who_can_be_given_no_root_bars_nobody(void **state)
{
	static const uint8_t zero[BOX_KEY] = { BOX_SUITE }, later[BOX_KEY] = { BOX_SUITE + 1 };
	struct three x;
	(void)state;
	begin(&x);
	revoke_by(x.a, x.c);
	ship_step(x.a);
	assert_int_equal(x.a->sync->begun->n, 2);
	x.a->sync->begun->v[1].boxed_n = 0;
	key_of(&x, SPAN(zero, sizeof(zero)));
	ok(roots_keep(x.a->sync));
	key_of(&x, SPAN(later, sizeof(later)));
	ok(roots_keep(x.a->sync));
	fleet_free(&x.f);
}

/* While an epoch is due and cannot begin, nothing that a removed device can open is written: no checkpoint either. */
static void no_checkpoint_is_made_while_one_is_due(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	struct sync *s = x.a->sync;
	revoke_by(x.a, x.c);
	s->checkpoint.wanted = true;
	s->unfit = said_size(s->at.changeset->open); /* so nothing is closed, and nothing begun */
	const uint64_t made = s->checkpoint.announced;
	(void)!sync_step(s);
	assert_true(is_due(x.a) && writes_under(x.a) == 1);
	assert_true(s->checkpoint.announced == made);
	s->unfit = (struct said_size){ 0 };
	for (unsigned i = 0; i < 3; i++)
		ship_step(x.a);
	assert_false(is_due(x.a));
	assert_true(s->checkpoint.announced > made && s->st.announced.epoch == 2);
	fleet_free(&x.f);
}

/* hole: of a letter at place 2 of the epoch at that place of the keyring; UINT64_MAX: there is none. */
static uint64_t hole(struct ship *d, uint32_t epoch)
{
	struct letter_place at = { epoch, 2 };
	ok(letter_hole(d->sync, &at));
	assert_int_equal(at.epoch, epoch);
	return at.place == 2 ? UINT64_MAX : at.place;
}

/* Two epochs have the number 2, so that of the place is another; a store shows no place of any. */
static void a_letter_behind_a_free_place_is_found_in_every_epoch_that_was_not_read(void **state)
{
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *d = &f.d[0];
	const struct hash less = { { 1 } }, more = { { 2 } };
	const struct key one = { { 3 } }, other = { { 4 } };
	ok(keyring_add(d->keyring, 2, less, &one));
	ok(keyring_add(d->keyring, 2, more, &other));
	d->sync->st.mailbox_epoch = 2; /* the mark is in the last of that number */
	d->sync->st.mailbox = 1;
	assert_true(hole(d, 3) == 1 && hole(d, 2) == 0);
	assert_true(hole(d, 1) == UINT64_MAX); /* read before */
	d->sync->st.mailbox_epoch = 1;
	assert_true(hole(d, 3) == 0 && hole(d, 1) == 1);
	d->sync->st.mailbox = 2;
	assert_true(hole(d, 1) == UINT64_MAX);
	fleet_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_revocation_begins_an_epoch),
		cmocka_unit_test(who_was_revoked_opens_nothing_that_is_written_then),
		cmocka_unit_test(two_begin_one_at_once),
		cmocka_unit_test(who_begins_one_dies),
		cmocka_unit_test(a_power_cut_between_any_two_steps),
		cmocka_unit_test(who_joins_at_the_same_time_finds_the_root),
		cmocka_unit_test(who_was_away_follows),
		cmocka_unit_test(who_joins_by_an_old_header_finds_the_roots),
		cmocka_unit_test(who_joins_behind_very_many_finds_the_roots),
		cmocka_unit_test(who_joins_by_a_checkpoint_has_all_roots),
		cmocka_unit_test(who_can_be_given_no_root_bars_nobody),
		cmocka_unit_test(no_checkpoint_is_made_while_one_is_due),
		cmocka_unit_test(a_letter_behind_a_free_place_is_found_in_every_epoch_that_was_not_read),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
