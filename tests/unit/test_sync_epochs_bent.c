/* SPDX-License-Identifier: MIT
 * What a member does with epochs that no device of this software would do (sync/members/begun.h, roots.h), and what it
 * costs the others.
 */
#include "sync/members/roots.h"
#include "tests/sync_epochs.h"
#include "vault/objects/name.h"
#include "vault/objects/root.h"

#define CLAIMS 64

/* -- roots that are given ------------------------------------------------------------------------------------------ */

/* lacks: the first takes the second to lack the root of epoch 2. */
static void lacks(struct three *x)
{
	assert_int_equal(x->a->sync->begun->n, 2);
	x->a->sync->begun->v[1].boxed_n = 0;
	x->a->sync->roots.of = 0;
}

static uint64_t asked_to_keep(struct ship *d)
{
	const uint64_t before = fault_counts(d->store).requests;
	ok(roots_keep(d->sync));
	return fault_counts(d->store).requests - before;
}

/* given_to_second: an epoch began, and the second stands on no commit of it. */
static void given_to_second(struct three *x)
{
	begin(x);
	fault_offline(x->b->store, ERR_NET);
	revoke_by(x->a, x->c);
	ship_step(x->a);
}

/* One whose mix key nobody has can be given none: for its sake the others are not asked for again in each round. */
static void a_member_without_a_mix_key_costs_the_store_nothing(void **state)
{
	struct three x;
	(void)state;
	given_to_second(&x);
	struct ship *d = fleet_join(&x.f, "tablet"); /* its DEVICE is in no commit yet */
	hear(x.a, d);
	lacks(&x);
	assert_int_equal(asked_to_keep(x.a), 2); /* what lies there, and a PUT */
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(asked_to_keep(x.a), 0);
	assert_false(x.a->sync->roots.looked); /* and that one is looked at again */
	fleet_free(&x.f);
}

/* new_name: of the one object that came since. */
static const char *new_name(const struct name_list *before, const struct name_list *now)
{
	const char *name = NULL;
	for (size_t i = 0; i < now->n; i++)
		if (!listed(before, now->v[i])) {
			assert_null(name);
			name = now->v[i];
		}
	assert_non_null(name);
	return name;
}

/* Whoever has the keys can write over what was given: it is put right while the others are mounted. */
static void what_was_given_is_looked_at_again(void **state)
{
	static struct name_list before, now;
	struct three x;
	(void)state;
	given_to_second(&x);
	list_all(&x.f, &before);
	lacks(&x);
	ok(roots_keep(x.a->sync));
	list_all(&x.f, &now);
	const char *name = new_name(&before, &now);
	ok(store_put_sync(x.f.shared, name, SPAN("junk", 4)));
	assert_int_equal(asked_to_keep(x.a), 0);
	x.f.now += 601 * NS_PER_S;
	assert_int_equal(asked_to_keep(x.a), 2);
	assert_true(opens(&x.f, x.b->keyring, name));
	assert_int_equal(asked_to_keep(x.a), 0);
	x.f.now += 601 * NS_PER_S;
	assert_int_equal(asked_to_keep(x.a), 1); /* it is as it was */
	fleet_free(&x.f);
}

/* -- claims -------------------------------------------------------------------------------------------------------- */

struct claimed_roots {
	struct root all;
	struct buf start[CLAIMS], box[CLAIMS];
};

static void claimed_free(struct claimed_roots *c)
{
	root_free(&c->all);
	for (unsigned i = 0; i < CLAIMS; i++) {
		buf_free(&c->start[i]);
		buf_free(&c->box[i]);
	}
}

/* one_claim: a root that opens, of an epoch that nothing began. */
static void one_claim(struct claimed_roots *c, unsigned i, const struct ship *by, const struct ship *d)
{
	const struct roster_signer *to = roster_who(&by->sync->statements->roster, d->id);
	const struct key root = { { (uint8_t)i } };
	cleanup(key_wipe) struct key first = { 0 };
	struct epoch_start x = { .number = 100 + i };
	struct root_box_at at;
	struct hash commitment;
	ok(begun_at(by->sync, x.number, &first, &at));
	ok(root_box_commits(&at, &root, &commitment));
	hash_put(x.commitment, commitment);
	ok(epoch_put_start(&c->start[i], &x));
	ok(root_box_seal(&at, &root, d->id, &(struct box_to){ to->who.box_key, &d->mine->mix }, &c->box[i]));
	ok(root_add(&c->all, buf_span(&c->start[i]), buf_span(&c->box[i])));
}

/* put_claims: an object "root" for `d`, under epoch 1. */
static void put_claims(const struct ship *by, const struct ship *d)
{
	cleanup(claimed_free) struct claimed_roots c = { 0 };
	cleanup(buf_free) struct buf plain = BUF_INIT, sealed = BUF_INIT;
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	char name[OBJECT_NAME];
	struct hash hash;
	for (unsigned i = 0; i < CLAIMS; i++)
		one_claim(&c, i, by, d);
	ok(root_encode(&c.all, &plain));
	ok(epoch_open(by->keyring, 1, &epoch));
	ok(name_root(&epoch.names, d->id, name));
	const struct object_place at = epoch_place(&epoch, OBJECT_ROOT, name);
	ok(object_seal(&at, buf_span(&plain), NULL, &sealed, &hash));
	ok(store_put_sync(by->store, name, buf_span(&sealed)));
}

/* It joins while another begins an epoch, so it waits for that root, and is offered others: none of these is taken. */
static void roots_that_nothing_waits_for_are_not_taken(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	fault_offline(x.a->store, ERR_NET);
	revoke_by(x.a, x.c);
	(void)!sync_step(x.a->sync);
	struct ship *d = fleet_join(&x.f, "tablet");
	ship_must(d, DEED_WRITE, "/tablet", "1");
	ship_step(d);
	hear(x.b, d);
	fault_offline(x.a->store, ERR_OK);
	ship_step(x.a);
	put_claims(x.b, d);
	ship_step(d);
	assert_true(ship_alarmed(d, "keys were changed")); /* it waits, so it has looked */
	assert_int_equal(keyring_claimed(d->keyring), 2);  /* the first, and one that it has begun itself */
	x.f.now += 601 * NS_PER_S;
	turn(&x, 6);
	assert_true(same_epoch(x.a, d));
	assert_int_equal(keyring_claimed(d->keyring), 3);
	fleet_free(&x.f);
}

/* -- the network -------------------------------------------------------------------------------------------------- */

static void fail_head_of(struct ship *d, struct ship *of, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(d->keyring, 1, &epoch));
	ok(name_head(&epoch.names, ship_stream(of), name));
	fault_set(d->store, &(struct fault_plan){ .ops = FAULT_GET, .error = 1000, .name = name });
	d->sync->heads.read = 0; /* they are looked at, behind the commits */
}

/* As above; but the network goes once it has heard of the removal: what is written until it is back is under an epoch
 * that it begins itself. */
static void who_hears_of_a_removal_begins_though_the_round_breaks_off(void **state)
{
	cleanup(epoch_wipe) struct epoch first = { 0 };
	char head[OBJECT_NAME], root[OBJECT_NAME];
	struct three x;
	(void)state;
	begin(&x);
	fault_offline(x.a->store, ERR_NET);
	revoke_by(x.a, x.c);
	(void)!sync_step(x.a->sync);
	struct ship *d = fleet_join(&x.f, "tablet");
	ship_must(d, DEED_WRITE, "/tablet", "1");
	ship_step(d);
	fault_offline(x.a->store, ERR_OK);
	ship_step(x.a);
	ok(epoch_open(d->keyring, 1, &first));
	ok(name_root(&first.names, d->id, root));
	ok(store_del_sync(x.f.shared, root)); /* so it waits for that epoch */
	assert_false(is_due(d));
	fail_head_of(d, x.a, head);
	assert_int_equal(sync_step(d->sync), ERR_NET);
	assert_false(roster_member(roster_who(&d->sync->statements->roster, x.c->id)));
	assert_true(!is_due(d) && writes_under(d) == 2);
	fault_set(d->store, &(struct fault_plan){ 0 });
	x.f.now += 601 * NS_PER_S;             /* the root is given again */
	for (size_t k = 0; k < 6 * x.f.n; k++) /* not turn: where another's epoch is said late the next round answers */
		(void)!sync_step(x.f.d[k % x.f.n].sync);
	assert_true(same_epoch(x.a, d) && same_epoch(x.a, x.b) && !is_due(x.a));
	fleet_free(&x.f);
}

/* -- records ------------------------------------------------------------------------------------------------------- */

/* draw: a start of the number and causes of `was`, with a greater id. */
static void draw(const struct ship *d, const struct begun_epoch *was, struct begun_epoch *x, struct key *root)
{
	struct epoch_start start = { .number = was->number,
		                     .causes = was->what.causes,
		                     .causes_n = was->what.causes_n };
	cleanup(key_wipe) struct key first = { 0 };
	struct root_box_at at;
	struct hash commitment;
	*x = (struct begun_epoch){ .number = was->number, .start = BUF_INIT, .direct = true };
	ok(begun_at(d->sync, was->number, &first, &at));
	do {
		buf_clear(&x->start);
		ok(crypto_random(root->b, sizeof(root->b)));
		ok(root_box_commits(&at, root, &commitment));
		hash_put(start.commitment, commitment);
		ok(epoch_put_start(&x->start, &start));
		ok(epoch_id(buf_span(&x->start), &x->id));
	} while (hash_cmp(x->id, was->id) <= 0);
	ok(epoch_get_start(buf_span(&x->start), &x->what));
}

/* plant: the record of an epoch that no commit began is what this one says next. */
static void plant(struct ship *d)
{
	struct begun *b = d->sync->begun;
	cleanup(key_wipe) struct key root = { 0 };
	struct begun_epoch x;
	draw(d, &b->v[b->n - 1], &x, &root);
	x.at = (struct position){ d->number, 1, ID_ZERO };
	ok(keyring_claim(d->keyring, x.number, x.id, &root));
	assert_true(vec_room(b->v, b->n, 1, &b->cap));
	b->v[b->n++] = x;
	ok(begun_say(d->sync, false));
}

/* Any member can say EPOCH with a root that no commit began. Who joins would take it for the newest, and write what
 * nobody reads. */
static void a_record_of_an_epoch_that_nobody_began_is_refused(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	revoke_by(x.a, x.c);
	turn(&x, 2);
	assert_true(same_epoch(x.a, x.b) && writes_under(x.b) == 2);
	plant(x.a);
	ship_must(x.a, DEED_WRITE, "/planted", "1");
	ship_step(x.a);
	ship_step(x.a);
	ship_step(x.b);
	x.b->sync->checkpoint.wanted = true;
	ship_must(x.b, DEED_WRITE, "/good", "1");
	ship_step(x.b);
	ship_step(x.b);
	x.f.header = x.b;
	struct ship *d = fleet_join(&x.f, "late");
	ship_must(d, DEED_WRITE, "/late", "1");
	for (unsigned i = 0; i < 2; i++) {
		ship_step(d);
		ship_step(x.b);
	}
	assert_true(same_epoch(d, x.b) && ship_has(d, "/good") && ship_has(x.b, "/late"));
	assert_true(ship_alarmed(x.b, "refused") && !ship_has(x.b, "/planted"));
	fleet_free(&x.f);
}

/* -- the mailbox --------------------------------------------------------------------------------------------------- */

struct since {
	const char *text;
	int64_t at;
};

static void note_since(void *ctx, const struct alarm *one)
{
	struct since *s = ctx;
	if (strstr(one->text, s->text))
		s->at = one->since;
}

static int64_t alarmed_since(struct ship *d, const char *text)
{
	struct since s = { text, 0 };
	guard(&d->sync->lock);
	alarms_each(&d->sync->alarms, note_since, &s);
	return s.at;
}

/* What is said of a place stays as it is when another epoch of its number has come to stand before its, and is taken
 * back when nothing lies there any more. */
static void what_is_said_of_a_place_is_of_its_epoch(void **state)
{
	static const char text[] = "place 0 of the join mailbox";
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *d = &f.d[0];
	const struct hash less = { { 1 } }, more = { { 2 } };
	const struct key one = { { 3 } }, other = { { 4 } };
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	char name[OBJECT_NAME];
	ok(keyring_claim(d->keyring, 2, more, &one));
	ok(epoch_open(d->keyring, 2, &epoch));
	ok(name_join(&epoch.names, 0, name));
	ok(store_put_sync(f.shared, name, SPAN("junk", 4)));
	ship_step(d);
	const int64_t since = alarmed_since(d, text);
	assert_true(since);
	ok(keyring_claim(d->keyring, 2, less, &other));
	ship_step(d);
	assert_true(alarmed_since(d, text) == since);
	ok(store_del_sync(f.shared, name));
	ship_step(d);
	assert_false(ship_alarmed(d, text));
	fleet_free(&f);
}

/* -- too many ------------------------------------------------------------------------------------------------------ */

static void who_begins_very_many_is_named(void **state)
{
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *d = &f.d[0];
	for (uint32_t number = 999; number <= 1000; number++) {
		cleanup(buf_free) struct buf start = BUF_INIT;
		struct epoch_start what = { .number = number };
		struct started x = { .number = number, .root = { { 1 } }, .author = d->id };
		ok(epoch_put_start(&start, &what));
		ok(epoch_id(buf_span(&start), &x.id));
		x.start = buf_span(&start);
		x.recipients = SPAN("\0\0", 2);
		ok(begun_add(d->sync, &x));
		assert_int_equal(ship_alarmed(d, "keys were changed 1000 times, last by"), number == 1000);
	}
	fleet_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_without_a_mix_key_costs_the_store_nothing),
		cmocka_unit_test(what_was_given_is_looked_at_again),
		cmocka_unit_test(roots_that_nothing_waits_for_are_not_taken),
		cmocka_unit_test(who_hears_of_a_removal_begins_though_the_round_breaks_off),
		cmocka_unit_test(a_record_of_an_epoch_that_nobody_began_is_refused),
		cmocka_unit_test(what_is_said_of_a_place_is_of_its_epoch),
		cmocka_unit_test(who_begins_very_many_is_named),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
