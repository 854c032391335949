/* SPDX-License-Identifier: MIT
 * A recovery key is replaced by a device, and the others follow (docs/format.md, "The recovery key is replaced").
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#include "sync/members/header_keep.h"
#include "sync/members/recovery.h"
#include "sync/members/revoke.h"
#include "sync/recovery.h"
#include "sync/members/saying.h"
#include "sync/members/statements.h"
#include "tests/sync_fleet.h"
#include "vault/join/vault_key.h"
#include "vault/keys/header_open.h"
#include "vault/keys/header_slots.h"
#include "vault/keys/recovery.h"
#include "vault/members/root_box.h"

#define DAY (86400 * NS_PER_S)

/* A key that is to take the place of the one that the vault has. */
struct drawn {
	struct signer_mine *slot;
	struct buf wrap;
	char *text;
	struct recovery_offer offer;
};

static void drawn_free(struct drawn *d)
{
	secret_freep(&d->slot);
	secret_freep(&d->text);
	buf_free(&d->wrap);
	recovery_offer_wipe(&d->offer);
}

static void draw(struct drawn *d)
{
	const struct keyring *k = vault.keyring;
	ok(signer_mine_draw(keyring_vault(k), SIGNER_RECOVERY, &d->slot));
	ok(recovery_slot_wrap(keyring_cipher(k), d->slot, keyring_genesis(k), &d->text, &d->wrap));
	ok(recovery_offer_of(d->slot, buf_span(&d->wrap), &d->offer));
}

static struct recovery_state state_of(struct ship *d)
{
	struct recovery_state s;
	recovery_mirror(d->sync);
	sync_recovery(d->sync, &s);
	return s;
}

static void keeps_header(struct ship *d)
{
	d->sync->c.audit.asked_s = 1;
	d->sync->c.keeps_header = true;
}

/* opens: how the header on the store answers to that key. */
static err_t opens(struct fleet *f, const char *text)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	cleanup(header_free) struct header h = { 0 };
	uint8_t key[RECOVERY_LEN];
	const struct header_secret with = { SIGNER_RECOVERY, SPAN(key, sizeof(key)), NULL, NULL };
	struct header_opened o = { 0 };
	ok(store_get_sync(f->shared, STORE_HEADER, 0, 0, HEADER_MAX, &bytes));
	ok(header_decode(buf_span(&bytes), &h, NULL));
	ok(recovery_decode(text, key, NULL));
	err_t e = header_open(&h, &with, &o, NULL);
	secret_freep(&o.slot);
	keyring_freep(&o.keyring);
	return e;
}

static void open_by(struct fleet *f, const struct drawn *new, err_t old_key, err_t new_key)
{
	assert_int_equal(opens(f, vault.made.recovery_key), old_key);
	assert_int_equal(opens(f, new->text), new_key);
}

/* rounds: as many as it takes that each has what the other said, a minute apart. */
static void rounds(struct fleet *f)
{
	for (int i = 0; i < 3; i++) {
		f->now += 61 * NS_PER_S;
		fleet_settle(f);
	}
}

/* two: a vault with two devices, the first of which has replaced the key; the other knows. */
static void two(struct fleet *f, struct drawn *new)
{
	fleet_new(f, &vault);
	ship_step(&f->d[0]);
	(void)fleet_join(f, "travel");
	keeps_header(&f->d[0]);
	keeps_header(&f->d[1]);
	rounds(f);
	draw(new);
	ok(sync_recovery_say(f->d[0].sync, &new->offer, 0, NULL));
	rounds(f);
}

static bool is_in_force(struct ship *d, struct id slot)
{
	return id_eq(state_of(d).slot, slot);
}

static void with_one_device_it_is_replaced_at_once(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	fleet_new(&f, &vault);
	struct ship *d = &f.d[0];
	keeps_header(d);
	rounds(&f);
	draw(&new);
	open_by(&f, &new, ERR_OK, ERR_WRONGKEY);
	ok(sync_recovery_say(d->sync, &new.offer, 0, NULL));
	open_by(&f, &new, ERR_OK, ERR_WRONGKEY); /* until it is uploaded */
	assert_true(is_in_force(d, new.slot->id));
	assert_true(id_eq(state_of(d).by, d->id));
	assert_int_equal(state_of(d).pending_n, 0);
	f.now += 10 * NS_PER_S;
	ship_step(d);
	open_by(&f, &new, ERR_WRONGKEY, ERR_OK);
	fleet_free(&f);
}

/* not_uploaded: a round closes, builds and publishes, and the store takes nothing. */
static void not_uploaded(struct fleet *f, struct ship *d)
{
	f->now += 10 * NS_PER_S;
	fault_set(d->store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL });
	(void)!sync_step(d->sync);
	fault_set(d->store, &(struct fault_plan){ 0 });
	assert_true(d->sync->st.confirmed < d->sync->st.n);
}

static void until_it_is_uploaded_the_header_stays_whoever_looks(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	fleet_new(&f, &vault);
	struct ship *d = &f.d[0];
	keeps_header(d);
	rounds(&f);
	draw(&new);
	ok(sync_recovery_say(d->sync, &new.offer, 0, NULL));
	ok(header_keep(d->sync)); /* as a round does before it closes */
	open_by(&f, &new, ERR_OK, ERR_WRONGKEY);
	not_uploaded(&f, d);
	ok(header_keep(d->sync));
	open_by(&f, &new, ERR_OK, ERR_WRONGKEY);
	ship_crash(&f, d); /* which forgets what the header waits for */
	keeps_header(d);
	not_uploaded(&f, d);
	ok(header_keep(d->sync));
	open_by(&f, &new, ERR_OK, ERR_WRONGKEY);
	rounds(&f);
	open_by(&f, &new, ERR_WRONGKEY, ERR_OK);
	ship_crash(&f, d); /* where nothing waits any more */
	assert_true(d->sync->header.due <= d->sync->st.confirmed);
	fleet_free(&f);
}

/* forget_slot: as one who has heard of the statement alone. */
static void forget_slot(struct ship *d, struct id slot)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	const struct vault_name name = { .kind = SHARED_SLOT, .id = slot };
	const struct vault_key key = vault_key_of(&name);
	batch_del(b, MAP_RECORDS, vault_key_span(&key));
	ok(map_apply(d->map, b));
}

static void who_knows_the_statement_alone_leaves_the_last_key_in_the_header(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	fleet_new(&f, &vault);
	struct ship *d = &f.d[0];
	keeps_header(d);
	rounds(&f);
	draw(&new);
	d->sync->c.keeps_header = false;
	ok(sync_recovery_say(d->sync, &new.offer, 0, NULL));
	rounds(&f);
	forget_slot(d, new.slot->id);
	keeps_header(d);
	rounds(&f);
	open_by(&f, &new, ERR_OK, ERR_WRONGKEY);
	fleet_free(&f);
}

static void a_round_that_does_not_end_is_not_waited_for(void **state)
{
	(void)state;
	struct fleet f;
	struct why why = { 0 };
	cleanup(drawn_free) struct drawn new = { 0 };
	fleet_new(&f, &vault);
	struct ship *d = &f.d[0];
	draw(&new);
	pthread_mutex_lock(&d->sync->work);
	assert_int_equal(sync_recovery_say(d->sync, &new.offer, 20, &why), ERR_TIMEOUT);
	assert_non_null(strstr(why.text, "the recovery key stays as it was"));
	assert_int_equal(sync_recovery_object(d->sync, span_str("x"), 20, NULL), ERR_TIMEOUT);
	pthread_mutex_unlock(&d->sync->work);
	assert_true(is_in_force(d, vault.slot->id));
	fleet_free(&f);
}

static void who_was_removed_replaces_nothing(void **state)
{
	(void)state;
	struct fleet f;
	struct why why = { 0 };
	cleanup(drawn_free) struct drawn new = { 0 };
	fleet_new(&f, &vault);
	ship_step(&f.d[0]);
	struct ship *b = fleet_join(&f, "travel");
	rounds(&f);
	ok(revoke_say(f.d[0].sync, &(struct revoke){ b->id, 0 }, NULL));
	rounds(&f);
	draw(&new);
	assert_int_equal(sync_recovery_say(b->sync, &new.offer, 0, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "not a member"));
	fleet_free(&f);
}

/* named: how many recovery keys the header on the store names, and whether `last` is the newest. */
static size_t named(struct fleet *f, struct id last)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	cleanup(header_free) struct header h = { 0 };
	struct header_slots l;
	ok(store_get_sync(f->shared, STORE_HEADER, 0, 0, HEADER_MAX, &bytes));
	ok(header_decode(buf_span(&bytes), &h, NULL));
	ok(header_recovery_slots(&h, &l));
	assert_true(id_eq(header_recovery_last(&l)->id, last));
	return l.n;
}

static void with_two_both_open_it_until_the_other_was_shown_it_for_seven_days(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	two(&f, &new);
	struct ship *a = &f.d[0], *b = &f.d[1];
	open_by(&f, &new, ERR_OK, ERR_OK);
	assert_int_equal(named(&f, new.slot->id), 2);
	assert_int_equal(state_of(a).pending[0].here, RECOVERY_OWN);
	assert_int_equal(state_of(b).pending[0].here, RECOVERY_WAITS);
	assert_true(id_eq(state_of(b).pending[0].by, a->id));
	f.now += 30 * DAY; /* nobody was shown it */
	rounds(&f);
	assert_int_equal(state_of(b).pending[0].here, RECOVERY_WAITS);
	ok(sync_recovery_shown(b->sync));
	f.now += 6 * DAY;
	ok(sync_recovery_shown(b->sync)); /* which begins nothing anew */
	rounds(&f);
	assert_int_equal(state_of(b).pending[0].here, RECOVERY_WAITS);
	open_by(&f, &new, ERR_OK, ERR_OK);
	f.now += DAY;
	rounds(&f);
	assert_true(is_in_force(a, new.slot->id));
	assert_true(is_in_force(b, new.slot->id));
	open_by(&f, &new, ERR_WRONGKEY, ERR_OK);
	assert_int_equal(named(&f, new.slot->id), 1);
	fleet_free(&f);
}

static void the_time_goes_on_over_a_restart(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	two(&f, &new);
	struct ship *b = &f.d[1];
	ok(sync_recovery_shown(b->sync));
	f.now += 6 * DAY;
	ship_crash(&f, b);
	keeps_header(b);
	assert_true(state_of(b).pending[0].shown > 0);
	f.now += DAY;
	rounds(&f);
	assert_true(is_in_force(&f.d[0], new.slot->id));
	fleet_free(&f);
}

/* member: whether the first device counts that one. */
static bool member(struct fleet *f, struct id device)
{
	const struct roster_signer *x = roster_who(&f->d[0].sync->statements->roster, device);
	return x && roster_member(x);
}

static void by_the_new_key_a_device_joins_and_by_the_old_one_none_that_counts(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	struct fleet_vault later = vault;
	struct ship *late;
	struct why why = { 0 };
	two(&f, &new);
	later.slot = new.slot;
	f.v = &later;
	struct ship *early = fleet_join(&f, "before it is settled");
	rounds(&f);
	assert_true(member(&f, early->id));
	ok(sync_recovery_shown(f.d[1].sync));
	f.now += 8 * DAY;
	rounds(&f);
	assert_true(is_in_force(&f.d[0], new.slot->id));
	late = fleet_join(&f, "behind that");
	rounds(&f);
	assert_true(member(&f, late->id));
	f.v = &vault; /* an old header that somebody has kept */
	if (!fleet_try_join(&f, "by the old key", &late, &why)) {
		for (int i = 0; i < 3; i++) {
			f.now += 61 * NS_PER_S;
			for (size_t k = 0; k + 1 < f.n; k++)
				ship_step(&f.d[k]);
		}
		assert_false(member(&f, late->id));
	} else {
		f.n--;
		ok(map_close(late->map));
		secret_free(late->mine);
		store_close(late->store);
	}
	fleet_free(&f);
}

/* objection: of that key to the slot. */
static void objection(struct ship *d, const struct signer_mine *key, struct id slot, struct buf *out)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	const struct statement says = { .kind = SIGNER_REVOKE, .id = slot };
	const struct statement_pin last = state_of(d).last;
	struct signer_said s = { .kind = SIGNER_REVOKE, .number = last.number + 1, .previous = last.hash };
	ok(statement_put_body(&body, &says));
	s.body = buf_span(&body);
	ok(mine_sign(key, keyring_genesis(vault.keyring), &s, out));
}

static void the_old_key_objects_and_stays(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	cleanup(buf_free) struct buf no = BUF_INIT;
	two(&f, &new);
	struct ship *a = &f.d[0], *b = &f.d[1];
	ok(sync_recovery_shown(b->sync));
	f.now += 6 * DAY;
	objection(b, vault.slot, new.slot->id, &no);
	ok(sync_recovery_object(b->sync, buf_span(&no), 0, NULL));
	f.now += 30 * DAY;
	rounds(&f);
	for (size_t i = 0; i < 2; i++) {
		assert_true(is_in_force(&f.d[i], vault.slot->id));
		assert_int_equal(state_of(&f.d[i]).pending_n, 0);
	}
	open_by(&f, &new, ERR_OK, ERR_WRONGKEY);
	/* and may be replaced again */
	cleanup(drawn_free) struct drawn another = { 0 };
	draw(&another);
	ok(sync_recovery_say(a->sync, &another.offer, 0, NULL));
	rounds(&f);
	open_by(&f, &another, ERR_OK, ERR_OK);
	fleet_free(&f);
}

static void what_is_no_objection_is_refused(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	cleanup(buf_free) struct buf by_new = BUF_INIT, of_other = BUF_INIT, good = BUF_INIT, forged = BUF_INIT;
	two(&f, &new);
	struct ship *b = &f.d[1];
	objection(b, new.slot, new.slot->id, &by_new);
	objection(b, vault.slot, b->id, &of_other);
	objection(b, vault.slot, new.slot->id, &forged);
	forged.p[forged.len - 1] ^= 1;
	assert_int_equal(sync_recovery_object(b->sync, buf_span(&by_new), 0, NULL), ERR_INVAL);
	assert_int_equal(sync_recovery_object(b->sync, buf_span(&of_other), 0, NULL), ERR_INVAL);
	assert_int_equal(sync_recovery_object(b->sync, buf_span(&forged), 0, NULL), ERR_DAMAGED);
	assert_int_equal(sync_recovery_object(b->sync, span_str("junk"), 0, NULL), ERR_DAMAGED);
	assert_int_equal(sync_recovery_object(b->sync, SPAN(NULL, 0), 0, NULL), ERR_DAMAGED);
	objection(b, vault.slot, new.slot->id, &good);
	ok(sync_recovery_object(b->sync, buf_span(&good), 0, NULL));
	assert_int_equal(sync_recovery_object(b->sync, buf_span(&good), 0, NULL), ERR_INVAL); /* twice */
	fleet_free(&f);
}

static void what_is_no_offer_is_refused_and_a_second_one_waits(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 }, other = { 0 };
	struct why why = { 0 };
	two(&f, &new);
	draw(&other);
	assert_int_equal(sync_recovery_say(f.d[0].sync, &other.offer, 0, &why), ERR_EXISTS);
	assert_non_null(strstr(why.text, "replaced the recovery key already"));
	assert_int_equal(f.d[0].sync->header.due, 0); /* so the header waits for nothing */
	memcpy(other.offer.wrap, new.offer.wrap, sizeof(other.offer.wrap));
	assert_int_equal(sync_recovery_say(f.d[1].sync, &other.offer, 0, NULL), ERR_DAMAGED);
	assert_int_equal(state_of(&f.d[1]).pending_n, 1);
	fleet_free(&f);
}

static void a_crash_before_it_is_uploaded_leaves_the_old_key_and_then_both(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	fleet_new(&f, &vault);
	ship_step(&f.d[0]);
	(void)fleet_join(&f, "travel");
	keeps_header(&f.d[0]);
	rounds(&f);
	draw(&new);
	ok(sync_recovery_say(f.d[0].sync, &new.offer, 0, NULL));
	ship_crash(&f, &f.d[0]);
	open_by(&f, &new, ERR_OK, ERR_WRONGKEY);
	keeps_header(&f.d[0]);
	assert_int_equal(state_of(&f.d[0]).pending_n, 1);
	for (int i = 0; i < 2; i++) { /* not a minute later */
		f.now += 10 * NS_PER_S;
		ship_step(&f.d[0]);
	}
	open_by(&f, &new, ERR_OK, ERR_OK);
	fleet_free(&f);
}

static err_t no_disk(UNUSED void *ctx)
{
	return ERR_IO;
}

/* Whoever drew the key throws it away when it hears that nothing was said. */
static void what_is_said_is_no_failure_even_where_the_disk_fails(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	fleet_new(&f, &vault);
	struct ship *d = &f.d[0];
	draw(&new);
	base_mem_on_commit(d->base, &(struct base_mem_hook){ .before = no_disk });
	ok(sync_recovery_say(d->sync, &new.offer, 0, NULL));
	sync_freep(&d->sync);
	work_freep(&d->work);
	keyring_freep(&d->keyring);
	(void)!map_close(d->map);
	secret_free(d->mine);
	store_close(d->store);
	store_close(f.shared);
}

/* said_boxes: those of the statement by which this device replaces the key. */
static void said_boxes(const struct ship *d, struct statement *ret)
{
	const struct roster *r = &d->sync->statements->roster;
	for (size_t i = 0; i < r->said_n; i++)
		if (r->said[i].s->as.kind == SIGNER_SLOT && id_eq(r->said[i].s->as.signer, d->id))
			ok(statement_get_body(&r->said[i].s->as, ret));
}

/* Two devices began an epoch of one number: the newest is the third that is known, and the second by number. */
static void its_boxes_say_the_number_of_an_epoch_and_not_its_place(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(drawn_free) struct drawn new = { 0 };
	cleanup(statement_free) struct statement said = { 0 };
	const struct hash less = { { 1 } }, more = { { 2 } };
	const struct key other = { { 3 } }, root = { { 4 } };
	struct key first, got;
	fleet_new(&f, &vault);
	const struct keyring *k = f.d[0].keyring;
	ok(keyring_add(f.d[0].keyring, 2, less, &other));
	ok(keyring_add(f.d[0].keyring, 2, more, &root));
	draw(&new);
	ok(sync_recovery_say(f.d[0].sync, &new.offer, 0, NULL));
	said_boxes(&f.d[0], &said);
	assert_true(said.boxes.n == 2 && said.boxes.v[1].epoch == 2 && hash_eq(said.boxes.v[1].epoch_id, more));
	ok(keyring_epoch_root(k, 1, &first));
	const struct root_box_at at = { keyring_vault(k), keyring_genesis(k), keyring_cipher(k), 2, &first };
	const struct root_box_mine by = { new.slot->id, { &new.slot->seed, &new.slot->mix } };
	ok(root_box_open(&at, &by, said.boxes.v[1].box, NULL, &got));
	assert_memory_equal(got.b, root.b, sizeof(root.b));
	fleet_free(&f);
}

struct kept { /* what a device keeps beside its map */
	struct id slot;
	size_t wraps, times;
	err_t fails;
};

static err_t keep(void *ctx, struct span header, struct id slot, const struct signer_new *who)
{
	struct kept *k = ctx;
	cleanup(header_free) struct header h = { 0 };
	(void)who;
	if (k->fails)
		return k->fails;
	ok(header_decode(header, &h, NULL));
	k->slot = slot;
	k->wraps = h.list[HEADER_WRAP].n;
	k->times++;
	return ERR_OK;
}

static void what_a_device_keeps_follows_the_key_in_force(void **state)
{
	(void)state;
	struct fleet f;
	struct kept k = { .fails = ERR_IO };
	const struct slot_keeper keeper = { keep, &k };
	cleanup(drawn_free) struct drawn new = { 0 };
	two(&f, &new);
	f.d[1].sync->c.slots = &keeper;
	rounds(&f);
	assert_int_equal(k.times, 0);
	k.fails = ERR_OK; /* so it is told again */
	rounds(&f);
	assert_int_equal(k.times, 1);
	assert_int_equal(k.wraps, 2);
	assert_true(id_eq(k.slot, vault.slot->id));
	ok(sync_recovery_shown(f.d[1].sync));
	f.now += 8 * DAY;
	rounds(&f);
	assert_true(id_eq(k.slot, new.slot->id));
	assert_int_equal(k.wraps, 1);
	fleet_free(&f);
}

static void the_offer_is_its_bytes(void **state)
{
	(void)state;
	cleanup(drawn_free) struct drawn new = { 0 };
	cleanup(buf_wipe_free) struct buf b = BUF_INIT;
	struct recovery_offer got = { 0 };
	struct signer_new who;
	struct id id;
	draw(&new);
	recovery_offer_put(&new.offer, &b);
	assert_int_equal(b.len, RECOVERY_OFFER_LEN);
	ok(recovery_offer_get(buf_span(&b), &got));
	assert_memory_equal(&got, &new.offer, sizeof(got));
	ok(recovery_offer_who(&got, keyring_vault(vault.keyring), &who, &id));
	assert_true(id_eq(id, new.slot->id));
	assert_int_equal(recovery_offer_get(SPAN(b.p, b.len - 1), &got), ERR_DAMAGED);
	buf_u8(&b, 0);
	assert_int_equal(recovery_offer_get(buf_span(&b), &got), ERR_DAMAGED);
	assert_int_equal(recovery_offer_get(SPAN(NULL, 0), &got), ERR_DAMAGED);
	got.mix.b[0] ^= 1;
	assert_int_equal(recovery_offer_who(&got, keyring_vault(vault.keyring), &who, &id), ERR_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_one_device_it_is_replaced_at_once),
		cmocka_unit_test(until_it_is_uploaded_the_header_stays_whoever_looks),
		cmocka_unit_test(who_knows_the_statement_alone_leaves_the_last_key_in_the_header),
		cmocka_unit_test(a_round_that_does_not_end_is_not_waited_for),
		cmocka_unit_test(who_was_removed_replaces_nothing),
		cmocka_unit_test(with_two_both_open_it_until_the_other_was_shown_it_for_seven_days),
		cmocka_unit_test(the_time_goes_on_over_a_restart),
		cmocka_unit_test(by_the_new_key_a_device_joins_and_by_the_old_one_none_that_counts),
		cmocka_unit_test(the_old_key_objects_and_stays),
		cmocka_unit_test(what_is_no_objection_is_refused),
		cmocka_unit_test(what_is_no_offer_is_refused_and_a_second_one_waits),
		cmocka_unit_test(a_crash_before_it_is_uploaded_leaves_the_old_key_and_then_both),
		cmocka_unit_test(what_a_device_keeps_follows_the_key_in_force),
		cmocka_unit_test(what_is_said_is_no_failure_even_where_the_disk_fails),
		cmocka_unit_test(its_boxes_say_the_number_of_an_epoch_and_not_its_place),
		cmocka_unit_test(the_offer_is_its_bytes),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
