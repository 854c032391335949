/* SPDX-License-Identifier: MIT
 * How devices learn of each other: statements in the guide, in commits that wait, in first commits, and what is
 * remembered of them.
 */
#include "sync/core/epoch.h"
#include "sync/members/chain.h"
#include "sync/members/guided.h"
#include "sync/members/statements.h"
#include "tests/sync_fleet.h"
#include "vault/join/group_encode.h"
#include "vault/join/vault_key.h"

static bool knows(struct ship *d, struct ship *other)
{
	return streams_find(d->sync, other->stream) != NULL;
}

typedef err_t (*name_fn)(const struct key *names, char name[OBJECT_NAME]);

static err_t first_place(const struct key *names, char name[OBJECT_NAME])
{
	return name_join(names, 0, name);
}

static void object_name(struct fleet *f, name_fn fn, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(fn(&epoch.names, name));
}

static void lose(struct fleet *f, name_fn fn)
{
	char name[OBJECT_NAME];
	object_name(f, fn, name);
	ok(store_del_sync(f->shared, name));
}

static void guide_of(struct fleet *f, struct buf *ret)
{
	char name[OBJECT_NAME];
	object_name(f, name_guide, name);
	ok(store_get_sync(f->shared, name, 0, 0, 0, ret));
}

/* two_after: the first device and another, which has published; each stands on the other. The guide before that. */
static struct ship *two_after(struct fleet *f, struct buf *guide)
{
	fleet_new(f, &vault);
	guide_of(f, guide);
	struct ship *b = fleet_join(f, "laptop");
	ship_must(b, DEED_WRITE, "/b", "1");
	ship_step(b);
	ship_must(&f->d[0], DEED_WRITE, "/a", "1");
	ship_step(&f->d[0]);
	ship_step(b);
	return b;
}

static struct ship *two(struct fleet *f)
{
	cleanup(buf_free) struct buf guide = BUF_INIT;
	return two_after(f, &guide);
}

/* -- the guide --------------------------------------------------------------------------------------------------- */

/* newcomer_by_guide: knows all by that alone. */
static void newcomer_by_guide(struct fleet *f, struct ship *b)
{
	lose(f, first_place);
	struct ship *c = fleet_join(f, "tablet");
	assert_true(knows(c, b));
	fleet_settle(f);
	fleet_same(f);
	fleet_free(f);
}

static void a_newcomer_finds_the_streams_by_the_guide(void **state)
{
	struct fleet f;
	(void)state;
	struct ship *b = two(&f);
	newcomer_by_guide(&f, b);
}

static void a_guide_that_is_lost_damaged_or_old_is_written_by_who_starts(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 3; how++) {
		struct fleet f;
		cleanup(buf_free) struct buf old = BUF_INIT;
		char name[OBJECT_NAME];
		struct ship *b = two_after(&f, &old);
		object_name(&f, name_guide, name);
		if (how == 0)
			ok(store_del_sync(f.shared, name));
		else
			ok(store_put_sync(f.shared, name, how == 1 ? span_str("no guide") : buf_span(&old)));
		ship_crash(&f, b);
		ship_step(b);
		cleanup(buf_free) struct buf now = BUF_INIT;
		guide_of(&f, &now);
		assert_true(now.len >= 4096 && span_cmp(buf_span(&now), buf_span(&old)) != 0);
		newcomer_by_guide(&f, b);
	}
}

/* Who knows all of it leaves it as it is. */
static void a_whole_guide_is_not_written_again(void **state)
{
	struct fleet f;
	cleanup(buf_free) struct buf before = BUF_INIT, after = BUF_INIT;
	(void)state;
	struct ship *b = two(&f);
	guide_of(&f, &before);
	ship_crash(&f, b);
	ship_step(b);
	ship_step(&f.d[0]);
	guide_of(&f, &after);
	assert_int_equal(span_cmp(buf_span(&before), buf_span(&after)), 0);
	fleet_free(&f);
}

static void a_store_that_takes_no_guide_hides_no_news(void **state)
{
	struct fleet f;
	(void)state;
	struct ship *b = two(&f);
	lose(&f, name_guide);
	ship_crash(&f, b);
	ship_must(&f.d[0], DEED_WRITE, "/news", "1");
	ship_step(&f.d[0]);
	lose(&f, name_guide);
	fault_set(b->store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL });
	(void)!sync_step(b->sync);
	assert_true(ship_has(b, "/news"));
	fault_set(b->store, &(struct fault_plan){ 0 });
	fleet_free(&f);
}

/* refuse_letter: the store takes nothing in the first place of the mailbox, which it lost. */
static void refuse_letter(struct fleet *f, struct ship *d, char name[OBJECT_NAME], err_t e)
{
	object_name(f, first_place, name);
	(void)!store_del_sync(f->shared, name);
	fault_set(d->store, &(struct fault_plan){ .ops = FAULT_PUT, .name = name, .error = 1000, .error_code = e });
}

static void a_store_that_takes_no_letter_hinders_nothing_else(void **state)
{
	static const err_t errors[] = { ERR_STOREFULL, ERR_DENIED, ERR_REFUSED };
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(errors); i++) {
		bool others = i % 2; /* whose letter it is */
		struct fleet f;
		char name[OBJECT_NAME];
		fleet_new(&f, &vault);
		struct ship *b = fleet_join(&f, "laptop"), *d = others ? &f.d[0] : b;
		if (others)
			ship_step(d); /* it reads the letter, and keeps it */
		refuse_letter(&f, d, name, errors[i / 2]);
		ship_must(d, DEED_WRITE, "/mine", "1");
		ship_step(d);
		fault_set(d->store, &(struct fault_plan){ 0 });
		assert_true(ship_has(fleet_join(&f, "tablet"), "/mine"));
		fleet_free(&f);
	}
}

/* Of the record of a device any member can make what no letter holds. */
static void a_letter_has_what_counts_alone(void **state)
{
	struct fleet f;
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *b = fleet_join(&f, "laptop");
	const struct vault_name n = { .kind = SHARED_DEVICE, .id = b->id };
	const struct vault_key key = vault_key_of(&n);
	size_t map = group_open(&r, 1, GROUP_MAP, STAMP_ZERO);
	for (uint32_t i = 0; i < 20000; i++) {
		uint8_t mix[32] = { (uint8_t)(i >> 8), (uint8_t)i };
		group_close(&r, group_key(&r, STAMP_ZERO, SPAN(mix, sizeof(mix))));
	}
	group_close(&r, map);
	ok(record_encode(&r, &value));
	ops_put(&o, MAP_RECORDS, vault_key_span(&key), buf_span(&value));
	ok(ops_commit(&o, b->map));
	lose(&f, first_place);
	ship_step(b);
	lose(&f, name_guide);
	assert_true(knows(fleet_join(&f, "tablet"), b));
	fleet_free(&f);
}

/* throw_out: nothing that `whom` said counts. */
static void throw_out(struct ship *by, const struct ship *whom, struct fleet *f)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	const struct chain_of of = { by->mine, keyring_genesis(f->v->keyring), 1 };
	struct chain at;
	ok(chain_get(by->map, &at));
	ok(chain_next(&of, &(struct statement){ .kind = SIGNER_REVOKE, .id = whom->id }, &at, &said));
	ok(statements_visit(by->sync, records_key(said.v[0]), buf_span(&said.v[0]->value)));
}

/* say_much: more than an object holds, about nobody, and then `last`; `by` hears all of it. */
static void say_much(struct ship *by, struct ship *who, const struct statement *last, struct fleet *f)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	const struct chain_of of = { who->mine, keyring_genesis(f->v->keyring), 1 };
	struct stream_end ends[STATEMENT_REVOKE_MAX];
	struct statement body = { .kind = SIGNER_REVOKE, .id = { { 1 } }, .ends = { ends, ARRAY_LEN(ends), 0 } };
	struct chain at;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		ends[i] = (struct stream_end){ i + 1, 1, { { 1 } } };
	ok(chain_get(who->map, &at));
	for (size_t bytes = 0; bytes <= OBJECT_CONTENTS_MAX; bytes += sizeof(ends))
		ok(chain_next(&of, &body, &at, &said));
	ok(chain_next(&of, last, &at, &said));
	for (size_t i = 0; i < said.n; i++)
		ok(statements_visit(by->sync, records_key(said.v[i]), buf_span(&said.v[i]->value)));
	ok(statements_make(by->sync));
}

/* join_of: what let `d` in; its proof is nobody's own. */
static void join_of(const struct ship *by, const struct ship *d, struct statement *ret)
{
	const struct roster *r = &by->sync->statements->roster;
	size_t i = 0;
	while (r->said[i].s->as.kind != SIGNER_JOIN || !id_eq(r->said[i].s->about, d->id))
		i++;
	ok(statement_get_body(&r->said[i].s->as, ret));
}

static void who_was_revoked_cannot_make_the_guide_too_large(void **state)
{
	struct fleet f;
	struct statement join;
	(void)state;
	struct ship *b = two(&f), *a = &f.d[0], *thief = fleet_join(&f, "phone");
	ship_must(thief, DEED_WRITE, "/c", "1");
	ship_step(thief);
	ship_step(a);
	join_of(a, b, &join);
	join.who.rank = statements_rank(&a->sync->statements->roster, thief->id);
	throw_out(a, thief, &f);
	say_much(a, thief, &join, &f);
	const struct roster_signer *x = roster_who(&a->sync->statements->roster, thief->id);
	assert_true(x && x->pinned && x->n > 600); /* they are good, and do not count */
	lose(&f, name_guide);
	lose(&f, first_place);
	ok(guided_write(a->sync));
	assert_true(knows(fleet_join(&f, "tablet"), b));
	fleet_free(&f);
}

/* say_streams: more than there can be. */
static void say_streams(struct ship *by, struct ship *who, struct fleet *f)
{
	const struct chain_of of = { who->mine, keyring_genesis(f->v->keyring), 1 };
	struct chain at;
	ok(chain_get(who->map, &at));
	for (unsigned i = 0; i < STREAMS_MAX; i++) {
		cleanup(records_free) struct records said = RECORDS_INIT;
		const struct statement body = { .kind = SIGNER_INCARNATION,
			                        .id = { { (uint8_t)i, (uint8_t)(i >> 8) } } };
		ok(chain_next(&of, &body, &at, &said));
		ok(statements_visit(by->sync, records_key(said.v[0]), buf_span(&said.v[0]->value)));
	}
	ok(statements_make(by->sync));
}

static void who_was_revoked_leaves_places_for_streams(void **state)
{
	struct fleet f;
	(void)state;
	struct ship *b = two(&f), *a = &f.d[0], *thief = fleet_join(&f, "phone");
	ship_must(thief, DEED_WRITE, "/c", "1");
	ship_step(thief);
	ship_step(a);
	throw_out(a, thief, &f);
	say_streams(a, thief, &f);
	struct ship *c = fleet_join(&f, "tablet");
	ship_must(c, DEED_WRITE, "/new", "1");
	ship_step(c);
	ship_step(a);
	assert_true(knows(a, b) && knows(a, thief) && knows(a, c) && ship_has(a, "/new"));
	fleet_free(&f);
}

static void a_guide_that_would_be_too_large_hinders_no_round(void **state)
{
	struct fleet f;
	const struct statement begins = { .kind = SIGNER_INCARNATION, .id = { { 2 } } };
	(void)state;
	struct ship *b = two(&f), *a = &f.d[0];
	say_much(a, b, &begins, &f);
	assert_int_equal(guided_write(a->sync), ERR_LIMIT);
	ship_must(a, DEED_WRITE, "/more", "1");
	ship_step(a);
	ship_step(b);
	assert_true(ship_has(b, "/more"));
	fleet_free(&f);
}

/* -- heads ------------------------------------------------------------------------------------------------------- */

static void a_stream_that_a_head_counts_is_found_by_its_first_commit(void **state)
{
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *a = &f.d[0], *x = fleet_join(&f, "desktop"), *b = fleet_join(&f, "laptop");
	ship_step(x);
	ship_must(b, DEED_WRITE, "/b", "1");
	ship_step(b);
	ship_step(a);
	struct ship *c = fleet_join(&f, "phone");
	ship_must(c, DEED_WRITE, "/c", "1");
	ship_step(c);
	ship_step(a);
	ship_step(a); /* its head counts it */
	for (uint64_t place = 0; place < 4; place++) {
		cleanup(epoch_wipe) struct epoch epoch = { 0 };
		char name[OBJECT_NAME];
		ok(epoch_open(f.v->keyring, 1, &epoch));
		ok(name_join(&epoch.names, place, name));
		err_t e = store_del_sync(f.shared, name);
		assert_true(!e || e == ERR_NOTFOUND);
	}
	lose(&f, name_guide);
	assert_false(knows(x, c));
	ship_step(x);
	assert_true(knows(x, c));
	assert_true(ship_has(x, "/c"));
	fleet_free(&f);
}

/* -- commits ----------------------------------------------------------------------------------------------------- */

static void say_revoke(struct fleet *f, struct ship *by, const struct ship *whom)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	const struct chain_of of = { by->mine, keyring_genesis(f->v->keyring), 1 };
	const struct chain_with with = { .said = &said };
	struct chain at;
	ok(chain_get(by->map, &at));
	ok(chain_next(&of, &(struct statement){ .kind = SIGNER_REVOKE, .id = whom->id }, &at, &said));
	ok(chain_say(work_changeset(by->work), &at, &with));
}

/* What it stands on is not there: nothing of it is shown, but what is said in it holds. */
static void a_statement_in_a_commit_that_waits_counts(void **state)
{
	struct fleet f;
	char name[OBJECT_NAME];
	(void)state;
	struct ship *b = two(&f), *a = &f.d[0], *c = fleet_join(&f, "phone");
	ship_must(c, DEED_WRITE, "/c", "1");
	ship_step(c);
	ship_step(b);
	assert_true(ship_has(b, "/c"));
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f.v->keyring, 1, &epoch));
	ok(name_commit(&epoch.names, ship_stream(c), 1, 0, name));
	ok(store_del_sync(f.shared, name));
	say_revoke(&f, b, c);
	ship_step(b);
	(void)!sync_step(a->sync);
	assert_false(ship_has(a, "/c"));
	assert_true(knows(a, c) && streams_find(a->sync, c->stream)->closed);
	fleet_free(&f);
}

/* -- what is remembered ------------------------------------------------------------------------------------------ */

static void signatures_that_were_found_right_are_remembered(void **state)
{
	struct fleet f;
	(void)state;
	two(&f);
	struct ship *a = &f.d[0];
	struct statements *t = a->sync->statements;
	assert_int_equal(t->roster.said_n, 4); /* two streams begin; one device is let in, by a slot and by the first */
	assert_int_equal(t->checked.n, 4);
	for (size_t i = 0; i < t->roster.said_n; i++) {
		cleanup(buf_free) struct buf key = BUF_INIT;
		buf_put(&key, STATE_CHECKED, strlen(STATE_CHECKED));
		buf_hash(&key, t->roster.said[i].s->hash);
		ok(map_has(a->map, MAP_STATE, buf_span(&key)));
	}
	ok(map_commit(a->map));
	ship_crash(&f, a);
	assert_int_equal(a->sync->statements->checked.n, 4);
	fleet_free(&f);
}

static void roster_and_streams_are_the_same_after_a_restart(void **state)
{
	struct fleet f;
	(void)state;
	struct ship *b = two(&f), *a = &f.d[0];
	say_revoke(&f, a, b);
	ship_step(a);
	ship_step(a);
	ship_crash(&f, a);
	assert_true(streams_find(a->sync, b->stream)->closed);
	const struct roster_signer *x = roster_who(&a->sync->statements->roster, b->id);
	assert_true(x && x->in && x->pinned);
	fleet_free(&f);
}

/* Who is thrown out vouches for nobody: what lets others in stays where newcomers look for it. */
static void what_a_revoked_device_stands_on_keeps_its_letter(void **state)
{
	struct fleet f;
	char name[OBJECT_NAME];
	cleanup(buf_free) struct buf there = BUF_INIT;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *b = fleet_join(&f, "laptop"), *c = fleet_join(&f, "phone");
	ship_step(b);
	ship_must(c, DEED_WRITE, "/c", "1");
	ship_step(c);
	ship_step(b);
	assert_true(ship_has(b, "/c") && b->sync->mailbox.known);
	throw_out(b, c, &f);
	ok(statements_make(b->sync));
	b->sync->mailbox.known = false; /* as after a start */
	lose(&f, first_place);
	ship_step(b);
	object_name(&f, first_place, name);
	ok(store_get_sync(f.shared, name, 0, 0, 0, &there));
	fleet_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_newcomer_finds_the_streams_by_the_guide),
		cmocka_unit_test(a_guide_that_is_lost_damaged_or_old_is_written_by_who_starts),
		cmocka_unit_test(a_whole_guide_is_not_written_again),
		cmocka_unit_test(a_store_that_takes_no_guide_hides_no_news),
		cmocka_unit_test(who_was_revoked_cannot_make_the_guide_too_large),
		cmocka_unit_test(who_was_revoked_leaves_places_for_streams),
		cmocka_unit_test(a_guide_that_would_be_too_large_hinders_no_round),
		cmocka_unit_test(a_stream_that_a_head_counts_is_found_by_its_first_commit),
		cmocka_unit_test(a_statement_in_a_commit_that_waits_counts),
		cmocka_unit_test(signatures_that_were_found_right_are_remembered),
		cmocka_unit_test(roster_and_streams_are_the_same_after_a_restart),
		cmocka_unit_test(a_store_that_takes_no_letter_hinders_nothing_else),
		cmocka_unit_test(a_letter_has_what_counts_alone),
		cmocka_unit_test(what_a_revoked_device_stands_on_keeps_its_letter),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
