/* SPDX-License-Identifier: MIT
 * A device is revoked by another: what that comes to, for whom, and what the one does that was removed
 * (sync/members/revoke.h, removed.h, roll.h).
 */
#include "sync/members/device.h"
#include "sync/members/revoke.h"
#include "sync/members/roll.h"
#include "sync/members/who.h"
#include "tests/sync_three.h"

#define SECOND 1000

static err_t revoke_of(struct ship *by, struct id device, struct why *why)
{
	return revoke_say(by->sync, &(struct revoke){ device, SECOND }, why);
}

static struct roll_device seen_by(struct ship *d, struct id device)
{
	struct roll r;
	struct roll_device found = { .n = UINT64_MAX };
	ok(roll_get(d->sync, &r));
	for (size_t i = 0; i < r.n; i++)
		if (id_eq(r.v[i].id, device))
			found = r.v[i];
	roll_free(&r);
	assert_true(found.n != UINT64_MAX);
	return found;
}

static void step(struct three *x)
{
	for (unsigned i = 0; i < 3; i++) {
		(void)!sync_step(x->a->sync);
		(void)!sync_step(x->b->sync);
		(void)!sync_step(x->c->sync);
	}
}

static void a_device_that_is_revoked_is_out_for_all(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	assert_int_equal(seen_by(x.b, x.c->id).state, ROLL_MEMBER);
	ok(revoke_of(x.a, x.c->id, NULL));
	assert_int_equal(seen_by(x.a, x.c->id).state, ROLL_REVOKED);
	assert_int_equal(seen_by(x.b, x.c->id).state, ROLL_MEMBER);
	step(&x);
	struct roll_device d = seen_by(x.b, x.c->id);
	assert_int_equal(d.state, ROLL_REVOKED);
	assert_true(id_eq(d.revoked.signer, x.a->id) && d.revoked.kind == SIGNER_DEVICE && d.revoked.time);
	assert_true(d.admitted.kind == SIGNER_RECOVERY && d.n && d.seen);
	assert_true(seen_by(x.b, x.b->id).own && !seen_by(x.b, x.a->id).own);
	assert_true(ship_has(x.a, "/c") && ship_has(x.b, "/c"));
	fleet_free(&x.f);
}

/* It says by whom; what it wrote stays with it, and is on no store; after a crash, too. */
static void who_was_removed_is_told_and_uploads_nothing(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	ok(revoke_of(x.a, x.c->id, NULL));
	ship_step(x.a);
	ship_must(x.c, DEED_WRITE, "/mine", "1");
	assert_int_equal(sync_step(x.c->sync), ERR_FORK);
	assert_true(x.c->sync->removed.is);
	assert_true(ship_alarmed(x.c, "this device was removed from the vault by desk on 2023-"));
	uint64_t n = x.c->sync->st.confirmed;
	struct saved saved;
	for (unsigned i = 0; i < 3; i++) {
		(void)!sync_step(x.c->sync);
		step(&x);
	}
	assert_true(x.c->sync->st.confirmed == n && !ship_has(x.a, "/mine") && ship_has(x.c, "/mine"));
	sync_saved(x.c->sync, 0, &saved);
	assert_true(!saved.yes && (saved.lacks & SAVED_STOPPED));
	ok(map_sync(x.c->map));
	ship_crash(&x.f, x.c);
	assert_true(x.c->sync->removed.is && ship_has(x.c, "/mine"));
	assert_int_equal(sync_step(x.c->sync), ERR_FORK);
	assert_true(x.c->sync->st.confirmed == n);
	fleet_free(&x.f);
}

/* All that it had is with the others: nothing of it is lacking. */
static void who_has_uploaded_all_loses_nothing(void **state)
{
	struct three x;
	struct saved saved;
	(void)state;
	begin(&x);
	ok(revoke_of(x.a, x.c->id, NULL));
	step(&x);
	assert_true(x.c->sync->removed.is);
	sync_saved(x.c->sync, 0, &saved);
	assert_true(saved.yes);
	ship_must(x.a, DEED_WRITE, "/later", "1");
	step(&x);
	assert_true(ship_has(x.b, "/later"));
	assert_false(ship_has(x.c, "/later")); /* of what comes then it reads nothing (test_sync_epochs.c) */
	fleet_free(&x.f);
}

/* What it uploaded behind its cut, and nobody had, counts for nobody: it is not saved. */
static void what_lies_behind_the_cut_is_lacking(void **state)
{
	struct three x;
	struct saved saved;
	(void)state;
	begin(&x);
	ship_must(x.c, DEED_WRITE, "/late", "1");
	ship_step(x.c);
	ok(revoke_of(x.a, x.c->id, NULL));
	step(&x);
	assert_true(x.c->sync->removed.is && ship_has(x.c, "/late") && !ship_has(x.a, "/late"));
	sync_saved(x.c->sync, 0, &saved);
	assert_true(!saved.yes && saved.lacks == SAVED_STOPPED);
	fleet_free(&x.f);
}

/* The thief has the junior device; the owner's, which it removed, answers. */
static void a_senior_device_that_a_junior_removed_answers(void **state)
{
	struct three x;
	struct why why = { 0 };
	(void)state;
	begin(&x);
	ok(revoke_of(x.c, x.a->id, NULL));
	step(&x);
	assert_true(x.a->sync->removed.is && !x.c->sync->removed.is);
	ship_must(x.a, DEED_WRITE, "/answer", "1");
	(void)!sync_step(x.a->sync);
	ok(revoke_of(x.a, x.c->id, NULL));
	assert_false(x.a->sync->removed.is);
	assert_false(ship_alarmed(x.a, "this device was removed"));
	step(&x);
	assert_true(x.c->sync->removed.is && !x.a->sync->removed.is && !x.b->sync->removed.is);
	assert_int_equal(seen_by(x.b, x.a->id).state, ROLL_MEMBER);
	assert_true(ship_has(x.b, "/answer"));
	assert_int_equal(revoke_of(x.c, x.a->id, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "removed itself"));
	fleet_free(&x.f);
}

static void what_may_not_be_revoked_is_refused(void **state)
{
	struct three x;
	struct id nobody = { { 7 } };
	(void)state;
	begin(&x);
	assert_int_equal(revoke_of(x.a, nobody, NULL), ERR_NOTFOUND);
	assert_int_equal(revoke_of(x.a, x.f.v->slot->id, NULL), ERR_NOTFOUND); /* the way in */
	assert_int_equal(revoke_of(x.a, x.a->id, NULL), ERR_INVAL);
	ok(revoke_of(x.a, x.c->id, NULL));
	assert_int_equal(revoke_of(x.a, x.c->id, NULL), ERR_EXISTS);
	pthread_mutex_lock(&x.a->sync->work); /* as a round that goes on */
	assert_int_equal(revoke_say(x.a->sync, &(struct revoke){ x.b->id, 20 }, NULL), ERR_TIMEOUT);
	pthread_mutex_unlock(&x.a->sync->work);
	step(&x);
	assert_true(!x.b->sync->removed.is && seen_by(x.b, x.a->id).state == ROLL_MEMBER);
	fleet_free(&x.f);
}

/* Said, and the power goes before it is uploaded: it is said still. */
static void what_was_said_is_durable(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	fault_offline(x.a->store, ERR_NET);
	ok(revoke_of(x.a, x.c->id, NULL));
	ship_crash(&x.f, x.a);
	assert_int_equal(seen_by(x.a, x.c->id).state, ROLL_REVOKED);
	step(&x);
	assert_int_equal(seen_by(x.b, x.c->id).state, ROLL_REVOKED);
	fleet_free(&x.f);
}

static void name_is(struct ship *d, struct id device, const char *name, bool now)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	ok(now ? who_device_now(d->map, device, &b) : who_device(d->map, device, &b));
	assert_true(b.len == strlen(name) && !memcmp(b.p, name, b.len));
}

static void a_device_gives_itself_another_name(void **state)
{
	struct three x;
	(void)state;
	begin(&x);
	static const char *const bad[] = { "", "a\nb", "\xff",
		                           "12345678901234567890123456789012345678901234567890123456789012345" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(device_rename(work_changeset(x.b->work), x.b->id, span_str(bad[i])), ERR_INVAL);
	ok(device_rename(work_changeset(x.b->work), x.b->id, span_str("first")));
	ok(device_rename(work_changeset(x.b->work), x.b->id, span_str("kitchen")));
	name_is(x.b, x.b->id, "kitchen", true);
	name_is(x.b, x.b->id, "laptop", false);
	step(&x);
	name_is(x.b, x.b->id, "kitchen", false);
	name_is(x.a, x.b->id, "kitchen", false);
	assert_false(ship_alarmed(x.a, "device"));
	fleet_free(&x.f);
}

static void hashes_are_equal_where_the_same_is_known(void **state)
{
	struct three x;
	struct roll a, b;
	(void)state;
	begin(&x);
	ok(roll_get(x.a->sync, &a));
	ok(roll_get(x.b->sync, &b));
	assert_true(hash_eq(a.hashes.members, b.hashes.members) && hash_eq(a.hashes.state, b.hashes.state));
	assert_true(a.hashes.signers == 4 && a.n == 3 && a.hashes.commits);
	roll_free(&b);
	ship_must(x.a, DEED_WRITE, "/d", "1");
	ok(revoke_of(x.a, x.c->id, NULL));
	ship_step(x.a);
	ok(roll_get(x.a->sync, &b));
	assert_true(!hash_eq(a.hashes.members, b.hashes.members) && !hash_eq(a.hashes.state, b.hashes.state));
	roll_free(&a);
	step(&x);
	ok(roll_get(x.b->sync, &a));
	roll_free(&b);
	ok(roll_get(x.a->sync, &b));
	assert_true(hash_eq(a.hashes.members, b.hashes.members) && hash_eq(a.hashes.state, b.hashes.state));
	roll_free(&a);
	roll_free(&b);
	fleet_free(&x.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_that_is_revoked_is_out_for_all),
		cmocka_unit_test(who_was_removed_is_told_and_uploads_nothing),
		cmocka_unit_test(who_has_uploaded_all_loses_nothing),
		cmocka_unit_test(what_lies_behind_the_cut_is_lacking),
		cmocka_unit_test(a_senior_device_that_a_junior_removed_answers),
		cmocka_unit_test(what_may_not_be_revoked_is_refused),
		cmocka_unit_test(what_was_said_is_durable),
		cmocka_unit_test(a_device_gives_itself_another_name),
		cmocka_unit_test(hashes_are_equal_where_the_same_is_known),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
