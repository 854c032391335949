/* SPDX-License-Identifier: MIT
 * What the header of a vault should be, out of records and what was found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#include "tests/unit/header_world.h"

static void same(const struct header *a, const struct header *b)
{
	cleanup(buf_free) struct buf x = BUF_INIT, y = BUF_INIT;
	ok(header_encode(a, &x));
	ok(header_encode(b, &y));
	assert_int_equal(span_cmp(buf_span(&x), buf_span(&y)), 0);
}

static bool has(const struct header *h, enum header_kind kind, struct hash hash)
{
	for (size_t i = 0; i < h->list[kind].n; i++)
		if (hash_eq(h->list[kind].v[i].hash, hash))
			return true;
	return false;
}

static bool has_wrap_of(const struct header *h, const struct signer_mine *m)
{
	for (size_t i = 0; i < h->list[HEADER_WRAP].n; i++)
		if (id_eq(h->list[HEADER_WRAP].v[i].slot, m->id))
			return true;
	return false;
}

static void add_slot(struct hall *h, uint32_t rank)
{
	cleanup(buf_free) struct buf wrap = BUF_INIT;
	hall_add_slot(h, &(struct hall_slot){ .rank = rank, .anchor = h->c.genesis_hash }, &wrap);
}

static struct hash add_start(struct hall *h, uint32_t number, size_t causes)
{
	cleanup(buf_free) struct buf start = BUF_INIT;
	struct hash id = hall_start(h, number, h->c.recovery, causes, &start);
	hall_record_start(h, buf_span(&start));
	return id;
}

/* forget_record: as a map has it that lacks the last commit. */
static void forget_record(struct hall *h, const struct vault_name *n)
{
	struct vault_key key = vault_key_of(n);
	records_drop(&h->recs, vault_key_span(&key));
}

/* -- out of records ----------------------------------------------------------------------------------------------- */

static void test_of_a_new_vault(void **state)
{
	(void)state;
	const struct wrap_secret pass = { span_str("a passphrase"), { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 } };
	const struct wrap_secret *const portable[] = { NULL, &pass };
	for (size_t i = 0; i < 2; i++) {
		cleanup(hall_end) struct hall h;
		cleanup(header_free) struct header made = { 0 }, created = { 0 };
		hall_begin(&h, portable[i]);
		hall_make(&h, NULL, &made);
		ok(create_header(&h.c, &created));
		assert_int_equal(made.list[HEADER_WRAP].n, 1 + i);
		same(&made, &created);
	}
}

static void test_all_that_the_map_says(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	add_slot(&h, 6);
	struct hash two = add_start(&h, 2, 0), other = add_start(&h, 2, 1);
	hall_make(&h, NULL, &made);
	assert_int_equal(made.list[HEADER_WRAP].n, 3);
	assert_int_equal(made.list[HEADER_SLOT].n, 2);
	assert_true(has(&made, HEADER_START, two) && has(&made, HEADER_START, other));
}

/* Of the keys of a MAP that one counts that has the hash: junk beside it changes nothing. */
static void test_junk_beside_what_counts(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h, other;
	cleanup(header_free) struct header before = { 0 }, after = { 0 };
	cleanup(record_free) struct record slot = RECORD_INIT, genesis = RECORD_INIT;
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	uint8_t junk[SIGNER_WRAP] = { 0 };
	hall_begin(&h, NULL);
	hall_begin(&other, NULL);
	hall_make(&h, NULL, &before);
	struct vault_key key = vault_key_of(&(struct vault_name){ .kind = SHARED_SLOT, .id = h.c.recovery->id });
	size_t map = group_open(&slot, 2, GROUP_MAP, STAMP_ZERO);
	id_put(junk, h.c.recovery->id);
	junk[ID_LEN] = SIGNER_RECOVERY;
	bool first = memcmp(junk, h.c.wraps[0].p, SIGNER_WRAP) < 0;
	group_close(&slot, group_key(&slot, STAMP_ZERO, first ? SPAN(junk, sizeof(junk)) : buf_span(&h.c.wraps[0])));
	group_close(&slot, group_key(&slot, STAMP_ZERO, first ? buf_span(&h.c.wraps[0]) : SPAN(junk, sizeof(junk))));
	group_close(&slot, map);
	ok(record_encode(&slot, &a));
	ok(records_put(&h.recs, vault_key_span(&key), buf_span(&a)));
	map = group_open(&genesis, 1, GROUP_MAP, STAMP_ZERO);
	bool turned = span_cmp(buf_span(&other.c.genesis), buf_span(&h.c.genesis)) < 0;
	group_close(&genesis, group_key(&genesis, STAMP_ZERO, buf_span(turned ? &other.c.genesis : &h.c.genesis)));
	group_close(&genesis, group_key(&genesis, STAMP_ZERO, buf_span(turned ? &h.c.genesis : &other.c.genesis)));
	group_close(&genesis, map);
	ok(record_encode(&genesis, &b));
	key = vault_key_of(&(struct vault_name){ .kind = SHARED_GENESIS });
	ok(records_put(&h.recs, vault_key_span(&key), buf_span(&b)));
	hall_make(&h, NULL, &after);
	same(&before, &after);
}

/* No commit and no checkpoint brings one (docs/design.md, D69): this map is not what it was. */
static void test_there_is_no_later_version_of_its_records(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	hall_begin(&h, NULL);
	const struct vault_name slot = { .kind = SHARED_SLOT, .id = h.c.recovery->id };
	struct vault_key key = vault_key_of(&slot);
	ok(records_put(&h.recs, vault_key_span(&key), span_str("\3later")));
	struct view v = records_view(&h.recs);
	struct header_basis b = { &v, &h.r, h.g.vault, h.c.genesis_hash };
	assert_int_equal(header_make(&b, NULL, &made), ERR_VERSION);
}

static void test_without_genesis_there_is_none(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	hall_begin(&h, NULL);
	forget_record(&h, &(struct vault_name){ .kind = SHARED_GENESIS });
	struct view v = records_view(&h.recs);
	struct header_basis b = { &v, &h.r, h.g.vault, h.c.genesis_hash };
	assert_int_equal(header_make(&b, NULL, &made), ERR_NOTFOUND);
}

static void test_a_removed_slot_is_left_out(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header before = { 0 }, made = { 0 }, again = { 0 };
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	add_slot(&h, 6);
	hall_make(&h, NULL, &before);
	hall_revoke(&h, h.slot[0]);
	hall_make(&h, NULL, &made);
	assert_int_equal(made.list[HEADER_SLOT].n, 1);
	assert_false(has_wrap_of(&made, h.slot[0]));
	assert_true(has_wrap_of(&made, h.slot[1]));
	hall_make(&h, &before, &again); /* nor does it come back by a header that has it */
	same(&made, &again);
}

static void test_a_removed_slot_of_genesis(void **state)
{
	(void)state;
	const struct wrap_secret pass = { span_str("a passphrase"), { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 } };
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 }, before = { 0 };
	hall_begin(&h, &pass);
	hall_make(&h, NULL, &before);
	assert_true(has_wrap_of(&before, h.c.passphrase));
	hall_revoke(&h, h.c.passphrase);
	hall_make(&h, &before, &made);
	assert_false(has_wrap_of(&made, h.c.passphrase));
	assert_true(has_wrap_of(&made, h.c.recovery));
}

/* Who does not know of the removal puts it there again, until it does. */
static void test_who_does_not_know_of_the_removal(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 }, late = { 0 };
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	hall_revoke(&h, h.slot[0]);
	hall_make(&h, NULL, &made);
	hall_without(&h, 1, &made, &late);
	assert_true(has_wrap_of(&late, h.slot[0]));
	hall_make(&h, &late, &late);
	same(&made, &late);
}

/* -- what is found ------------------------------------------------------------------------------------------------ */

/* The map of another device lacks the newest slot and epoch: it leaves them as they are. */
static void test_what_is_found_stays(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header full = { 0 }, made = { 0 };
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	struct hash id = add_start(&h, 2, 0);
	hall_make(&h, NULL, &full);
	full.compatible = 0x70;
	forget_record(&h, &(struct vault_name){ .kind = SHARED_EPOCH, .number = 2, .hash = id });
	forget_record(&h, &(struct vault_name){ .kind = SHARED_SLOT, .id = h.slot[0]->id });
	hall_without(&h, 1, &full, &made);
	same(&full, &made);
	hall_make(&h, &full, &made); /* of one whose statement is known the wrap is found */
	same(&full, &made);
	hall_make(&h, NULL, &made);
	assert_int_equal(made.list[HEADER_WRAP].n, 1);
}

static void test_found_of_another_genesis_is_nothing(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h, other;
	cleanup(header_free) struct header foreign = { 0 }, made = { 0 }, alone = { 0 };
	hall_begin(&h, NULL);
	hall_begin(&other, NULL);
	add_slot(&other, 5);
	add_start(&other, 2, 0);
	hall_make(&other, NULL, &foreign);
	hall_make(&h, &foreign, &made);
	hall_make(&h, NULL, &alone);
	same(&made, &alone);
}

/* insert: as the store can write it. */
static void insert(struct header *h, enum header_kind kind, struct span bytes)
{
	cleanup(header_item_free) struct header_item item = { 0 };
	ok(header_item_of(kind, h->g.vault, bytes, &item));
	ok(header_insert(h, kind, &item));
}

/* Signed wrongly by whom the map knows; a wrap that no statement says. */
static void test_found_junk_goes(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header found = { 0 }, made = { 0 }, alone = { 0 };
	cleanup(buf_free) struct buf forged = BUF_INIT;
	uint8_t junk[SIGNER_WRAP] = { 1 };
	junk[ID_LEN] = SIGNER_RECOVERY;
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	hall_make(&h, NULL, &found);
	hall_make(&h, NULL, &alone);
	insert(&found, HEADER_WRAP, SPAN(junk, sizeof(junk)));
	struct span said = h.set.v[0].bytes;
	buf_put(&forged, said.p, said.len);
	forged.p[said.len - 1] ^= 1;
	insert(&found, HEADER_SLOT, buf_span(&forged));
	hall_make(&h, &found, &made);
	same(&made, &alone);
}

/* Of a slot that is known to be removed nothing is found, whoever says it anew. */
static void test_found_of_a_removed_slot_goes(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header found = { 0 }, made = { 0 }, alone = { 0 };
	struct statement s = { .kind = SIGNER_SLOT };
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	hall_revoke(&h, h.slot[0]);
	hall_make(&h, NULL, &alone);
	hall_make(&h, NULL, &found);
	s.who = signer_mine_new_of(h.slot[0], 6);
	hall_say(&h, &s);
	insert(&found, HEADER_SLOT, h.set.v[2].bytes);
	hall_without(&h, 1, &found, &made);
	same(&made, &alone);
}

/* say_by_slot: slot 0 lets slot 1 in, too. */
static void say_by_slot(struct hall *h)
{
	cleanup(buf_free) struct buf body = BUF_INIT, out = BUF_INIT;
	struct statement s = { .kind = SIGNER_SLOT, .who = signer_mine_new_of(h->slot[1], 7) };
	struct signer_said said = { .kind = SIGNER_SLOT, .number = 1 };
	ok(statement_put_body(&body, &s));
	said.body = buf_span(&body);
	ok(mine_sign(h->slot[0], h->c.genesis_hash, &said, &out));
	ok(heard_set_add(&h->set, buf_span(&out)));
	hall_look(h);
}

/* A statement that the map knows, and that does not count, does not come back by who has it. */
static void test_found_that_does_not_count_goes(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header found = { 0 }, made = { 0 }, alone = { 0 };
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	add_slot(&h, 6);
	say_by_slot(&h);
	hall_make(&h, NULL, &found);
	assert_int_equal(found.list[HEADER_SLOT].n, 3);
	hall_revoke(&h, h.slot[0]);
	hall_make(&h, NULL, &alone);
	assert_int_equal(alone.list[HEADER_SLOT].n, 1);
	assert_true(has_wrap_of(&alone, h.slot[1]));
	hall_make(&h, &found, &made);
	same(&made, &alone);
}

/* A statement of a signer that the map does not know may be right: it stays. */
static void test_found_of_an_unknown_signer_stays(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header found = { 0 }, made = { 0 };
	cleanup(buf_free) struct buf said = BUF_INIT;
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	buf_put(&said, h.set.v[0].bytes.p, h.set.v[0].bytes.len);
	said.p[3] ^= 1; /* of its signer's id */
	hall_make(&h, NULL, &found);
	insert(&found, HEADER_SLOT, buf_span(&said));
	hall_make(&h, &found, &made);
	same(&made, &found);
}

/* -- limits ------------------------------------------------------------------------------------------------------- */

static void test_the_newest_epochs(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 };
	hall_begin(&h, NULL);
	for (uint32_t i = 0; i < 20; i++)
		add_start(&h, 30 - i, 0);
	hall_make(&h, NULL, &made);
	assert_int_equal(made.list[HEADER_START].n, HEADER_STARTS_MAX);
	assert_int_equal(made.list[HEADER_START].v[0].number, 15);
	assert_int_equal(made.list[HEADER_START].v[15].number, 30);
}

/* What the map does not explain goes first, also if it is newer. */
static void test_what_is_found_goes_first(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 }, found = { 0 };
	cleanup(buf_free) struct buf start = BUF_INIT;
	hall_begin(&h, NULL);
	hall_make(&h, NULL, &found);
	struct hash id = hall_start(&h, 100, h.c.recovery, 0, &start);
	insert(&found, HEADER_START, buf_span(&start));
	for (uint32_t i = 2; i < 2 + HEADER_STARTS_MAX - 1; i++)
		add_start(&h, i, 0);
	hall_make(&h, &found, &made);
	assert_true(has(&made, HEADER_START, id));
	add_start(&h, 20, 0);
	hall_make(&h, &found, &made);
	assert_false(has(&made, HEADER_START, id));
	assert_int_equal(made.list[HEADER_START].n, HEADER_STARTS_MAX);
}

static void test_slots_by_rank(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 }, again = { 0 };
	hall_begin(&h, NULL);
	for (uint32_t i = 0; i < 70; i++)
		add_slot(&h, 100 - i);
	hall_make(&h, NULL, &made);
	assert_int_equal(made.list[HEADER_SLOT].n, HEADER_SLOTS_MAX);
	assert_int_equal(made.list[HEADER_WRAP].n, HEADER_WRAPS_MAX); /* one is of genesis */
	assert_true(has_wrap_of(&made, h.c.recovery));
	for (size_t i = 7; i < 70; i++)
		assert_true(has_wrap_of(&made, h.slot[i]));
	hall_make(&h, &made, &again);
	same(&made, &again);
}

/* Starts with thousands of causes: as many as 1 MiB holds, the newest first; one over 65,535 bytes stands in none. */
static void test_what_is_large(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(header_free) struct header made = { 0 }, again = { 0 };
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	for (uint32_t i = 2; i < 20; i++)
		add_start(&h, i, 2040);
	add_start(&h, 20, 2060);
	hall_make(&h, NULL, &made);
	ok(header_encode(&made, &bytes));
	assert_int_equal(bytes.len, HEADER_MAX);
	const struct header_list *l = &made.list[HEADER_START];
	assert_int_equal(l->n, 15);
	assert_int_equal(l->v[14].number, 19);
	assert_int_equal(l->v[0].number, 5);
	assert_int_equal(made.list[HEADER_SLOT].n, 1);
	hall_make(&h, &made, &again);
	same(&made, &again);
}

/* -- two devices -------------------------------------------------------------------------------------------------- */

static unsigned draw(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed / 65536 % n;
}

/* knows: a map that lacks some, and what it makes of `found`. Whoever does not know a SLOT statement has no record of
 * that slot: they come in one commit. */
static void knows(struct hall *h, unsigned lacks, const struct hash *epochs, const struct header *found,
                  struct header *ret)
{
	cleanup(records_free) struct records all = RECORDS_INIT;
	cleanup(header_free) struct header kept = { 0 };
	ok(records_add_all(&all, &h->recs));
	for (unsigned i = 0; i < 3; i++)
		if (lacks >> i & 1)
			forget_record(h,
			              &(struct vault_name){ .kind = SHARED_EPOCH, .number = 2 + i, .hash = epochs[i] });
	for (unsigned i = 0; i < 2; i++)
		if (lacks >> (3 + i) & 1 || lacks >> 5 >= 2 - i)
			forget_record(h, &(struct vault_name){ .kind = SHARED_SLOT, .id = h->slot[i]->id });
	hall_without(h, lacks >> 5, found, &kept);
	header_free(ret);
	*ret = kept;
	kept = (struct header){ 0 };
	ok(records_add_all(&h->recs, &all));
}

/* Whatever two devices know and found, and whoever writes first: read and written by both in turn it is one header, and
 * stays. */
static void test_two_devices_end_with_one(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	struct hash epochs[3];
	unsigned seed = 1;
	hall_begin(&h, NULL);
	add_slot(&h, 5);
	add_slot(&h, 6);
	for (unsigned i = 0; i < 3; i++)
		epochs[i] = add_start(&h, 2 + i, i);
	for (unsigned round = 0; round < 60; round++) {
		cleanup(header_free) struct header found = { 0 }, x = { 0 }, y = { 0 }, xy = { 0 }, yx = { 0 },
		                                   z = { 0 };
		unsigned a = draw(&seed, 96), b = draw(&seed, 96);
		knows(&h, draw(&seed, 96), epochs, NULL, &found);
		knows(&h, a, epochs, &found, &x);
		knows(&h, b, epochs, &found, &y);
		knows(&h, b, epochs, &x, &xy);
		knows(&h, a, epochs, &y, &yx);
		same(&xy, &yx);
		knows(&h, a, epochs, &xy, &z);
		same(&z, &xy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_a_new_vault),
		cmocka_unit_test(test_all_that_the_map_says),
		cmocka_unit_test(test_junk_beside_what_counts),
		cmocka_unit_test(test_there_is_no_later_version_of_its_records),
		cmocka_unit_test(test_without_genesis_there_is_none),
		cmocka_unit_test(test_a_removed_slot_is_left_out),
		cmocka_unit_test(test_a_removed_slot_of_genesis),
		cmocka_unit_test(test_who_does_not_know_of_the_removal),
		cmocka_unit_test(test_what_is_found_stays),
		cmocka_unit_test(test_found_of_another_genesis_is_nothing),
		cmocka_unit_test(test_found_junk_goes),
		cmocka_unit_test(test_found_of_a_removed_slot_goes),
		cmocka_unit_test(test_found_that_does_not_count_goes),
		cmocka_unit_test(test_found_of_an_unknown_signer_stays),
		cmocka_unit_test(test_the_newest_epochs),
		cmocka_unit_test(test_what_is_found_goes_first),
		cmocka_unit_test(test_slots_by_rank),
		cmocka_unit_test(test_what_is_large),
		cmocka_unit_test(test_two_devices_end_with_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
