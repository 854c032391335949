/* SPDX-License-Identifier: MIT
 * The header on the store is put right in a round of any device that has the vault open, and a newcomer can go by it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#include "sync/members/header_look.h"
#include "sync/saved.h"
#include "tests/sync_fleet.h"
#include "tests/sync_lossy.h"

/* begin: a vault whose only device keeps the header, which is lost: there is something of the vault. */
static struct ship *begin(struct fleet *f)
{
	fleet_new(f, &vault);
	ship_step(&f->d[0]);
	f->d[0].sync->c.audit.asked_s = 1;
	f->d[0].sync->c.keeps_header = true;
	return &f->d[0];
}

static void get(struct fleet *f, struct buf *out)
{
	buf_clear(out);
	ok(store_get_sync(f->shared, STORE_HEADER, 0, 0, HEADER_MAX, out));
}

static void put(struct fleet *f, struct span bytes)
{
	ok(store_put_sync(f->shared, STORE_HEADER, bytes));
}

/* whole: what is there is the vault's. */
static void whole(struct fleet *f)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	cleanup(header_free) struct header h = { 0 };
	get(f, &bytes);
	ok(header_decode(buf_span(&bytes), &h, NULL));
	assert_true(hash_eq(h.genesis_hash, vault.made.genesis_hash));
	assert_int_equal(h.list[HEADER_WRAP].n, 1);
}

static void what_is_wrong_is_put_right_in_one_round_and_told(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(buf_free) struct buf good = BUF_INIT;
	struct ship *d = begin(&f);
	ship_step(d);
	whole(&f);
	assert_true(ship_alarmed(d, "lost or damaged the vault's header: stored again"));
	get(&f, &good);
	good.p[100] ^= 1;
	put(&f, buf_span(&good));
	ship_step(d);
	whole(&f);
	assert_true(ship_alarmed(d, "lost or damaged the vault's header: stored again"));
	fleet_free(&f);
}

/* keeps: the header, from now on. */
static struct ship *keeps(struct ship *d)
{
	d->sync->c.audit.asked_s = 1;
	d->sync->c.keeps_header = true;
	return d;
}

static struct saved answer(struct ship *d)
{
	struct saved r;
	sync_saved(d->sync, 0, &r);
	return r;
}

static void foreign_of(const struct fleet_vault *other, struct buf *ret)
{
	cleanup(header_free) struct header h = { 0 };
	ok(create_header(&other->made, &h));
	ok(header_encode(&h, ret));
}

/* is: what is there now, under that name. */
static void is(struct fleet *f, const char *name, const struct buf *wanted)
{
	cleanup(buf_free) struct buf now = BUF_INIT;
	ok(store_get_sync(f->shared, name, 0, 0, HEADER_MAX, &now));
	assert_int_equal(span_cmp(buf_span(&now), buf_span(wanted)), 0);
}

/* refused: nothing is tried, nothing is written, and a person is told. */
static void refused(struct fleet *f, struct ship *d, const struct buf *foreign, const char *why)
{
	fault_set(d->store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000 });
	ship_must(d, DEED_MKDIR, "b", NULL);
	uint64_t before = fault_counts(d->store).errors;
	assert_int_equal(sync_step(d->sync), ERR_DAMAGED);
	assert_int_equal(sync_step(d->sync), ERR_DAMAGED);
	assert_int_equal(fault_counts(d->store).errors, before);
	fault_set(d->store, &(struct fault_plan){ 0 });
	is(f, STORE_HEADER, foreign);
	assert_true(ship_alarmed(d, why));
	assert_true(answer(d).lacks & SAVED_PLACE);
}

/* Another vault's beside our objects: ours is put in its place, the other one is kept, and a newcomer gets in. */
static void anothers_beside_ours_is_put_right_and_kept(void **state)
{
	(void)state;
	struct fleet f;
	struct fleet_vault other;
	char name[ID_TEXT];
	cleanup(buf_free) struct buf foreign = BUF_INIT;
	struct ship *d = begin(&f);
	ship_step(d);
	fleet_vault_make(&other);
	foreign_of(&other, &foreign);
	put(&f, buf_span(&foreign));
	ship_must(d, DEED_MKDIR, "a", NULL);
	ship_step(d);
	whole(&f);
	header_aside(other.made.genesis_hash, name);
	is(&f, name, &foreign);
	assert_true(ship_alarmed(d, "another vault's header lay in the cloud's folder"));
	assert_true(answer(d).yes);
	(void)fleet_join(&f, "new");
	fleet_settle(&f);
	fleet_same(&f);
	vault_free(&other);
	fleet_free(&f);
}

/* A PUT that failed is tried again. */
static void anothers_is_put_right_once_the_store_takes_it(void **state)
{
	(void)state;
	struct fleet f;
	struct fleet_vault other;
	cleanup(buf_free) struct buf foreign = BUF_INIT;
	struct ship *d = begin(&f);
	ship_step(d);
	fleet_vault_make(&other);
	foreign_of(&other, &foreign);
	put(&f, buf_span(&foreign));
	fault_set(d->store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL });
	assert_int_equal(sync_step(d->sync), ERR_STOREFULL);
	is(&f, STORE_HEADER, &foreign);
	fault_set(d->store, &(struct fault_plan){ 0 });
	ship_step(d);
	whole(&f);
	vault_free(&other);
	fleet_free(&f);
}

/* When it is back somebody writes it: it is left, also by who starts anew, until a person removed it. */
static void anothers_that_is_back_is_left(void **state)
{
	(void)state;
	struct fleet f;
	struct fleet_vault other;
	cleanup(buf_free) struct buf foreign = BUF_INIT;
	struct ship *d = begin(&f);
	ship_step(d);
	fleet_vault_make(&other);
	foreign_of(&other, &foreign);
	put(&f, buf_span(&foreign));
	ship_step(d);
	put(&f, buf_span(&foreign));
	refused(&f, d, &foreign, "two vaults share");
	ship_crash(&f, d);
	keeps(d);
	assert_int_equal(sync_step(d->sync), ERR_DAMAGED);
	is(&f, STORE_HEADER, &foreign);
	ok(store_del_sync(f.shared, STORE_HEADER));
	ship_step(d);
	whole(&f);
	assert_false(ship_alarmed(d, "two vaults share"));
	vault_free(&other);
	fleet_free(&f);
}

/* Two vaults in one folder, one device each: the header changes hands twice at most, and one of them has it for good.
 */
static void two_vaults_do_not_fight_over_a_place(void **state)
{
	(void)state;
	struct fleet f, g;
	struct fleet_vault other;
	cleanup(buf_free) struct buf last = BUF_INIT, now = BUF_INIT;
	struct ship *d = begin(&f);
	ship_step(d);
	fleet_vault_make(&other);
	fleet_new_on(&g, &other, passing_new(f.shared));
	keeps(&g.d[0]);
	get(&f, &last);
	unsigned flips = 0, refusals = 0;
	for (unsigned i = 0; i < 12; i++) {
		err_t e = sync_step((i % 2 ? d : &g.d[0])->sync);
		assert_true(!e || e == ERR_DAMAGED);
		refusals += e != ERR_OK;
		get(&f, &now);
		flips += span_cmp(buf_span(&now), buf_span(&last)) != 0;
		buf_clear(&last);
		buf_put(&last, now.p, now.len);
	}
	assert_int_equal(flips, 2);
	assert_int_equal(refusals, 5); /* of one of them, from its second turn on */
	whole(&f);
	fleet_free(&g);
	vault_free(&other);
	fleet_free(&f);
}

/* Two devices that find it at once end with one header. */
static void two_devices_end_with_one_header(void **state)
{
	(void)state;
	struct fleet f;
	struct fleet_vault other;
	cleanup(buf_free) struct buf foreign = BUF_INIT, one = BUF_INIT;
	struct ship *d = begin(&f);
	ship_step(d);
	struct ship *e = fleet_join(&f, "travel");
	fleet_settle(&f);
	fleet_vault_make(&other);
	foreign_of(&other, &foreign);
	put(&f, buf_span(&foreign));
	ship_step(d);
	get(&f, &one);
	put(&f, buf_span(&foreign)); /* as the other one saw it */
	ship_step(keeps(e));
	is(&f, STORE_HEADER, &one);
	fleet_settle(&f);
	is(&f, STORE_HEADER, &one);
	vault_free(&other);
	fleet_free(&f);
}

static err_t clear_all(struct store *s, struct lossy *names)
{
	for (size_t i = 0; i < names->n; i++) {
		err_t e = store_del_sync(s, names->names[i].text);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* Another vault's place: what lies under our names there is not ours. */
static void a_place_of_others_is_not_written(void **state)
{
	(void)state;
	struct fleet f;
	struct fleet_vault other;
	cleanup(buf_free) struct buf foreign = BUF_INIT;
	fleet_new_on(&f, &vault, lossy_new(store_mem_new()));
	struct ship *d = keeps(&f.d[0]);
	ship_step(d);
	struct lossy *all = (struct lossy *)f.shared;
	ok(clear_all(all->to, all));
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->names[i].text, STORE_HEADER))
			ok(store_put_sync(all->to, all->names[i].text, span_str("junk")));
	fleet_vault_make(&other);
	foreign_of(&other, &foreign);
	ok(store_put_sync(all->to, STORE_HEADER, buf_span(&foreign)));
	refused(&f, d, &foreign, "another vault lies in the cloud's folder");
	vault_free(&other);
	fleet_free(&f);
}

static void a_whole_one_is_read_and_left(void **state)
{
	(void)state;
	struct fleet f;
	struct ship *d = begin(&f);
	ship_step(d);
	d->sync->c.audit.asked_s = 1000; /* beside the look at whose place it is */
	d->sync->c.keeps_header = false;
	ship_step(d);
	uint64_t before = fault_counts(d->store).requests;
	ship_step(d);
	uint64_t without = fault_counts(d->store).requests - before;
	d->sync->c.keeps_header = true;
	before = fault_counts(d->store).requests;
	ship_step(d);
	assert_int_equal(fault_counts(d->store).requests - before, without + 1);
	fleet_free(&f);
}

/* A store that does not take it, and a header of a newer cloudseal, hinder no round. */
static void what_cannot_be_put_right_hinders_nobody(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(buf_free) struct buf newer = BUF_INIT, now = BUF_INIT;
	struct hash sum;
	struct ship *d = begin(&f);
	ship_step(d);
	get(&f, &newer);
	newer.p[16] = 3; /* its version */
	ok(crypto_sha256(SPAN(newer.p, newer.len - HASH_LEN), &sum));
	hash_put(newer.p + newer.len - HASH_LEN, sum);
	put(&f, buf_span(&newer));
	ship_step(d);
	get(&f, &now);
	assert_int_equal(span_cmp(buf_span(&now), buf_span(&newer)), 0);
	put(&f, span_str("junk"));
	fault_set(d->store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL });
	assert_int_equal(sync_step(d->sync), ERR_FORK); /* but it is not all there */
	fault_set(d->store, &(struct fault_plan){ 0 });
	ship_step(d);
	whole(&f);
	fleet_free(&f);
}

/* A PUT that is refused is nothing that a pull has not seen: what waits for one that saw all goes on. */
static void a_refused_put_is_not_passed_over(void **state)
{
	(void)state;
	struct fleet f;
	cleanup(buf_free) struct buf good = BUF_INIT, less = BUF_INIT;
	cleanup(header_free) struct header h = { 0 };
	struct ship *d = begin(&f);
	ship_step(d);
	get(&f, &good);
	ok(header_decode(buf_span(&good), &h, NULL));
	const size_t wraps = h.list[HEADER_WRAP].n;
	h.list[HEADER_WRAP].n = 0;
	ok(header_encode(&h, &less));
	h.list[HEADER_WRAP].n = wraps;
	put(&f, buf_span(&less));
	fault_set(d->store, &(struct fault_plan){ FAULT_PUT, 1000, .error_code = ERR_REFUSED, .name = STORE_HEADER });
	ship_step(d);
	assert_true(fault_counts(d->store).errors > 0);
	assert_true(asked_all(d->sync));
	fault_set(d->store, &(struct fault_plan){ FAULT_GET, 1000, .error_code = ERR_REFUSED, .name = STORE_HEADER });
	ship_step(d);
	assert_false(asked_all(d->sync));
	fault_set(d->store, &(struct fault_plan){ 0 });
	ship_step(d);
	whole(&f);
	fleet_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_put_right_in_one_round_and_told),
		cmocka_unit_test(anothers_beside_ours_is_put_right_and_kept),
		cmocka_unit_test(anothers_is_put_right_once_the_store_takes_it),
		cmocka_unit_test(anothers_that_is_back_is_left),
		cmocka_unit_test(two_vaults_do_not_fight_over_a_place),
		cmocka_unit_test(two_devices_end_with_one_header),
		cmocka_unit_test(a_place_of_others_is_not_written),
		cmocka_unit_test(a_whole_one_is_read_and_left),
		cmocka_unit_test(a_refused_put_is_not_passed_over),
		cmocka_unit_test(what_cannot_be_put_right_hinders_nobody),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
