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
#include "tests/sync_fleet.h"

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
	ok(store_get_sync(f->shared, STORE_HEADER, 0, 0, HEADER2_MAX, out));
}

static void put(struct fleet *f, struct span bytes)
{
	ok(store_put_sync(f->shared, STORE_HEADER, bytes));
}

/* whole: what is there is the vault's. */
static void whole(struct fleet *f)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	cleanup(header2_free) struct header2 h = { 0 };
	get(f, &bytes);
	ok(header2_decode(buf_span(&bytes), &h, NULL));
	assert_true(hash_eq(h.genesis_hash, vault.made.genesis_hash));
	assert_int_equal(h.list[HEADER2_WRAP].n, 1);
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

/* Another vault's is left alone, and nothing is PUT beside it; nor where there is nothing at all. */
static void a_place_of_others_is_not_written(void **state)
{
	(void)state;
	struct fleet f;
	struct vault2 other;
	cleanup(buf_free) struct buf foreign = BUF_INIT, now = BUF_INIT;
	cleanup(header2_free) struct header2 h = { 0 };
	struct ship *d = begin(&f);
	ship_step(d);
	vault2_make(&other);
	ok(create2_header(&other.made, &h));
	ok(header2_encode(&h, &foreign));
	put(&f, buf_span(&foreign));
	fault_set(d->store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000 });
	ship_must(d, DEED_MKDIR, "a", NULL);
	assert_int_equal(sync_step(d->sync), ERR_DAMAGED);
	assert_int_equal(sync_step(d->sync), ERR_DAMAGED);
	assert_int_equal(fault_counts(d->store).errors, 0); /* nothing is tried */
	get(&f, &now);
	assert_int_equal(span_cmp(buf_span(&now), buf_span(&foreign)), 0);
	assert_true(ship_alarmed(d, "another vault lies in the cloud's folder"));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_put_right_in_one_round_and_told),
		cmocka_unit_test(a_place_of_others_is_not_written),
		cmocka_unit_test(a_whole_one_is_read_and_left),
		cmocka_unit_test(what_cannot_be_put_right_hinders_nobody),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
