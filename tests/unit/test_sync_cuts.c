/* SPDX-License-Identifier: MIT
 * Streams that are cut: what counts of them, and for whom (docs/format.md, "Streams").
 */
#include "sync/core/epoch.h"
#include "sync/members/chain.h"
#include "sync/members/statements.h"
#include "sync/publish/close.h"
#include "sync/publish/head_write.h"
#include "sync/publish/publish.h"
#include "sync/publish/upload.h"
#include "tests/sync_fleet.h"

/* Three devices; the last one will be thrown out. */
struct cut_fleet {
	struct fleet f;
	struct ship *a, *b, *thief;
	struct stream_end last; /* what counts of it: all that both have */
};

static void begin(struct cut_fleet *x)
{
	fleet_new(&x->f, &vault);
	x->a = &x->f.d[0];
	x->b = fleet_join(&x->f, "laptop");
	x->thief = fleet_join(&x->f, "phone");
	ship_must(x->thief, DEED_WRITE, "/1", "1");
	fleet_settle(&x->f);
	const struct stream *st = streams_find(x->a->sync, x->thief->stream);
	x->last = (struct stream_end){ st->number, st->applied.n, st->applied.hash };
	assert_true(x->last.n > 0);
}

/* goes_on: a thief's program does not stop where ours does (members/removed.h). */
static void goes_on(struct sync *s)
{
	ok(close_run(s));
	ok(publish_finish(s));
	ok(upload_run(s));
	ok(head_write(s));
}

/* later: the thief publishes what is behind that. */
static void later(struct cut_fleet *x, const char *path)
{
	ship_must(x->thief, DEED_WRITE, path, "later");
	err_t e = sync_step(x->thief->sync);
	if (x->thief->sync->removed.is)
		goes_on(x->thief->sync);
	else
		ok(e);
}

static void throw_out(struct cut_fleet *x)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	const struct chain_of of = { x->a->mine, keyring_genesis(x->f.v->keyring), 1 };
	const struct chain_with with = { .said = &said };
	const struct roster *r = &x->a->sync->statements->roster;
	struct statement body = { .kind = SIGNER_REVOKE, .id = x->thief->id };
	const struct roster_said *end = &r->said[statements_end(r, x->thief->id)];
	struct chain at;
	body.pin = (struct statement_pin){ end->s->as.number, end->s->hash };
	body.ends = (struct stream_ends){ &x->last, 1, 1 };
	ok(chain_get(x->a->map, &at));
	ok(chain_next(&of, &body, &at, &said));
	ok(chain_say(work_changeset(x->a->work), &at, &with));
	for (size_t i = 0; i < said.n; i++)
		ok(statements_visit(x->a->sync, records_key(said.v[i]), buf_span(&said.v[i]->value)));
	ok(statements_make(x->a->sync));
}

static void step_both(struct cut_fleet *x)
{
	for (unsigned i = 0; i < 3; i++) {
		ship_step(x->a);
		ship_step(x->b);
	}
}

static void what_nobody_had_when_a_device_was_revoked_counts_for_nobody(void **state)
{
	struct cut_fleet x;
	(void)state;
	begin(&x);
	later(&x, "/2");
	throw_out(&x);
	step_both(&x);
	later(&x, "/3");
	step_both(&x);
	struct ship *c = fleet_join(&x.f, "tablet");
	struct ship *all[] = { x.a, x.b, c };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		assert_true(ship_has(all[i], "/1") && !ship_has(all[i], "/2") && !ship_has(all[i], "/3"));
	fleet_free(&x.f);
}

/* The cut is all that is known of it: nobody stands on it. */
static void what_leads_to_a_cut_is_taken_and_no_more(void **state)
{
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *b = fleet_join(&f, "laptop"), *thief = fleet_join(&f, "phone");
	cleanup(records_free) struct records said = RECORDS_INIT;
	const struct chain_of of = { f.v->slot, keyring_genesis(f.v->keyring), 1 };
	struct statement body = { .kind = SIGNER_REVOKE, .id = thief->id };
	struct stream_end end = { .stream = thief->number };
	struct chain at = { 0 };
	ship_step(&f.d[0]);
	ship_step(b);
	for (unsigned n = 1; n <= 3; n++) {
		char path[] = { '/', (char)('0' + n), 0 };
		ship_must(thief, DEED_WRITE, path, "1");
		ship_step(thief);
		const struct stream *st = streams_find(thief->sync, thief->stream);
		if (n == 2)
			end = (struct stream_end){ st->number, st->applied.n, st->applied.hash };
	}
	const struct roster *r = &b->sync->statements->roster;
	const struct roster_said *last = &r->said[statements_end(r, thief->id)];
	body.pin = (struct statement_pin){ last->s->as.number, last->s->hash };
	body.ends = (struct stream_ends){ &end, 1, 1 };
	const struct roster_said *slot = &r->said[statements_end(r, f.v->slot->id)];
	at = (struct chain){ .number = slot->s->as.number, .hash = slot->s->hash };
	ok(chain_next(&of, &body, &at, &said));
	ok(statements_visit(b->sync, records_key(said.v[0]), buf_span(&said.v[0]->value)));
	ok(statements_make(b->sync));
	ship_step(b);
	assert_true(ship_has(b, "/1") && ship_has(b, "/2") && !ship_has(b, "/3"));
	fleet_free(&f);
}

/* It waits for what the store does not show, when its stream is cut before it. */
static void what_waits_behind_a_cut_is_not_applied_later(void **state)
{
	struct cut_fleet x;
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf taken = BUF_INIT;
	char name[OBJECT_NAME];
	(void)state;
	begin(&x);
	later(&x, "/2");
	ok(epoch_open(x.f.v->keyring, 1, &epoch));
	struct ship *b2 = fleet_join(&x.f, "desktop"); /* the thief's next commit stands on its first one */
	ship_must(b2, DEED_WRITE, "/d", "1");
	ship_step(b2);
	ship_step(x.thief);
	later(&x, "/3");
	ok(name_commit(&epoch.names, ship_stream(b2), 1, 0, name));
	ok(store_get_sync(x.f.shared, name, 0, 0, 0, &taken));
	ok(store_del_sync(x.f.shared, name));
	(void)!sync_step(x.a->sync);
	assert_true(ship_has(x.a, "/2") && !ship_has(x.a, "/3"));
	x.last.n++;
	x.last.hash = streams_find(x.a->sync, x.thief->stream)->applied.hash;
	throw_out(&x);
	ok(store_put_sync(x.f.shared, name, buf_span(&taken)));
	(void)!sync_step(x.a->sync);
	(void)!sync_step(x.a->sync);
	assert_true(ship_has(x.a, "/d") && !ship_has(x.a, "/3"));
	fleet_free(&x.f);
}

/* taken_over: the thief writes to the places of its commits behind the cut. */
static void taken_over(struct cut_fleet *x)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(x->f.v->keyring, 1, &epoch));
	for (uint64_t n = x->last.n + 1; n <= x->thief->sync->st.n; n++) {
		char name[OBJECT_NAME];
		ok(name_commit(&epoch.names, ship_stream(x->thief), n, 0, name));
		ok(store_put_sync(x->f.shared, name, span_str("nothing")));
	}
}

/* Who had applied it stands on it, by a commit or a head: then it counts for all, wherever it lies. */
static void what_a_member_stands_on_counts_for_all(void **state)
{
	(void)state;
	for (unsigned commit = 0; commit < 2; commit++) {
		struct cut_fleet x;
		begin(&x);
		later(&x, "/2");
		later(&x, "/3");
		ship_step(x.b);
		assert_true(ship_has(x.b, "/3"));
		if (commit)
			ship_must(x.b, DEED_WRITE, "/b", "1");
		ship_step(x.b);
		throw_out(&x);
		ship_step(x.a); /* says so */
		ship_step(x.b); /* hears it, and puts copies there */
		taken_over(&x);
		ship_step(x.a);
		struct ship *c = fleet_join(&x.f, "tablet");
		step_both(&x);
		(void)!sync_step(c->sync);
		struct ship *all[] = { x.a, x.b, c };
		for (size_t i = 0; i < ARRAY_LEN(all); i++)
			assert_true(ship_has(all[i], "/1") && ship_has(all[i], "/2") && ship_has(all[i], "/3"));
		fleet_free(&x.f);
	}
}

/* What it says itself that it has is no reason. */
static void a_revoked_device_s_own_head_counts_no_more(void **state)
{
	struct cut_fleet x;
	(void)state;
	begin(&x);
	later(&x, "/2");
	struct stream *st = streams_find(x.a->sync, x.thief->stream);
	st->claimed = x.thief->sync->st.n; /* as its head says, and no pull has found yet */
	st->claim = id_from(streams_find(x.thief->sync, x.thief->stream)->applied.hash.b);
	st->claimant = x.thief->id;
	throw_out(&x);
	step_both(&x);
	assert_true(ship_has(x.a, "/1") && !ship_has(x.a, "/2"));
	fleet_free(&x.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_had_when_a_device_was_revoked_counts_for_nobody),
		cmocka_unit_test(what_leads_to_a_cut_is_taken_and_no_more),
		cmocka_unit_test(what_waits_behind_a_cut_is_not_applied_later),
		cmocka_unit_test(what_a_member_stands_on_counts_for_all),
		cmocka_unit_test(a_revoked_device_s_own_head_counts_no_more),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
