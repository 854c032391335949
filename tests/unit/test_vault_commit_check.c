/* SPDX-License-Identifier: MIT
 * What commits are refused for, each rule broken alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <time.h>

#include "crypto/hash.h"
#include "tests/unit/commit_world.h"
#include "vault/join/content.h"
#include "vault/join/epoch.h"
#include "vault/join/varint.h"
#include "vault/objects/commit_records.h"

/* -- all but the records ------------------------------------------------------------------------------------------- */

static void test_what_stands(void **state)
{
	(void)state;
	CHECK(REFUSED_NOT, (void)w);
	CHECK(REFUSED_NOT, w->part[0].c.lamport = 250);
	CHECK(REFUSED_NOT, w->part[0].c.rules = 0);
}

/* two: parts that fit. */
static void two(struct world *w)
{
	w->parts = 2;
	w->part[1] = w->part[0];
	w->part[0].c.parts = w->part[1].c.parts = 2;
	w->part[1].c.part = 1;
	w->part[0].hash = (struct hash){ { 9 } };
	w->first = w->part[0].hash;
	w->part[1].c.part_hashes = w->first.b;
	w->part[0].c.pack = w->part[1].c.pack = SPAN("\0\0", 2);
}

static void test_parts(void **state)
{
	(void)state;
	CHECK(REFUSED_NOT, two(w));
	CHECK(REFUSED_PARTS, (two(w), w->parts = 1));
	CHECK(REFUSED_PARTS, (two(w), w->part[0].c.stream++));
	CHECK(REFUSED_PARTS, (two(w), w->part[0].c.n++));
	CHECK(REFUSED_PARTS, (two(w), w->part[0].c.part = 1));
	CHECK(REFUSED_PARTS, (two(w), w->part[0].c.parts = 3));
	CHECK(REFUSED_PARTS, (two(w), w->part[0].hash.b[0]++));
	const struct span low = SPAN("\0\0\0\1\x49\2\3.", 8), high = SPAN("\0\0\0\1\x4a\2\3.", 8);
	CHECK(REFUSED_NOT, (two(w), w->part[0].c.pack = low, w->part[1].c.pack = high));
	CHECK(REFUSED_PARTS, (two(w), w->part[0].c.pack = high, w->part[1].c.pack = low));
	CHECK(REFUSED_PARTS, (two(w), w->part[0].c.pack = w->part[1].c.pack = low));
}

static void test_numbers(void **state)
{
	(void)state;
	CHECK(REFUSED_LAMPORT, w->part[0].c.lamport = 249);
	CHECK(REFUSED_NOT, w->part[0].c.lamport = 250 + COMMIT_LAMPORT_STEP);
	CHECK(REFUSED_LAMPORT, w->part[0].c.lamport = 251 + COMMIT_LAMPORT_STEP);
	CHECK(REFUSED_NOT, w->part[0].c.lamport = w->b.lamport = COMMIT_LAMPORT_MAX);
	CHECK(REFUSED_LAMPORT, w->part[0].c.lamport = w->b.lamport = COMMIT_LAMPORT_MAX + 1);
	CHECK(REFUSED_RULES, w->part[0].c.rules = 2);
	CHECK(REFUSED_NOT, w->part[0].bytes = COMMIT_BYTES_MAX);
	CHECK(REFUSED_LIMIT, w->part[0].bytes = COMMIT_BYTES_MAX + 1);
}

static void purge(struct world *w, enum refusal want, struct span key)
{
	w->part[0].c.purge = (struct key_list){ .v = &key, .n = 1 };
	assert_int_equal(verdict(w), want);
}

static void purge_vault(struct world *w, enum refusal want, enum vault_kind kind)
{
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = kind, .ino = 1, .number = 1 });
	purge(w, want, vault_key_span(&k));
}

static void test_purges(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	begin(&w);
	for (enum shared_kind kind = SHARED_INODE; kind <= SHARED_XATTR; kind++) {
		struct shared_key k = shared_key_ino(kind, 9);
		if (kind == SHARED_LINK || kind == SHARED_XATTR)
			k = shared_key_number(kind, 9, 1);
		if (kind == SHARED_SIBLING || kind == SHARED_VERSION)
			k = shared_key_version(kind, 9, vid(1, 1, 1));
		bool fine = kind == SHARED_INODE || kind == SHARED_VERSION;
		purge(&w, fine ? REFUSED_NOT : REFUSED_PURGE, shared_key_span(&k));
		k.len--;
		purge(&w, REFUSED_PURGE, shared_key_span(&k));
	}
	struct shared_key root = shared_key_ino(SHARED_INODE, INO_ROOT);
	purge(&w, REFUSED_PURGE, shared_key_span(&root));
	for (enum vault_kind kind = SHARED_PLACE; kind <= SHARED_SEGMENT; kind++)
		purge_vault(&w, REFUSED_NOT, kind);
	for (enum vault_kind kind = SHARED_SUPER; kind <= SHARED_EPOCH; kind++)
		purge_vault(&w, REFUSED_PURGE, kind);
	purge(&w, REFUSED_PURGE, SPAN("\x48", 1)); /* no segment */
	purge(&w, REFUSED_NOT, SPAN("\x49", 1));   /* of a later version */
}

static void begin_epoch(struct world *w, uint32_t number)
{
	static uint8_t start[7 + HASH_LEN + 2] = { 1 };
	start[1] = (uint8_t)number;
	w->part[0].c.start = SPAN(start, sizeof(start));
}

static void put_segment(struct world *w)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = SHARED_SEGMENT });
	group_value(&r, 2, OWN, SPAN("", 0));
	put(w, vault_key_span(&k), &r);
}

static void put_root_key(struct world *w)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = SHARED_EPOCH, .number = 2 });
	uint8_t root[32] = { 0 };
	size_t map = group_open(&r, 2, GROUP_MAP, STAMP_ZERO), key = group_key(&r, STAMP_ZERO, SPAN(root, 32));
	group_close(&r, key);
	group_close(&r, map);
	put(w, vault_key_span(&k), &r);
}

static void test_epochs(void **state)
{
	(void)state;
	const struct vault_name me = { .kind = SHARED_DEVICE, .id = { { STREAM } } };
	CHECK(REFUSED_NOT, begin_epoch(w, 2));
	CHECK(REFUSED_EPOCH, begin_epoch(w, 3));
	CHECK(REFUSED_EPOCH, (begin_epoch(w, 2), w->b.epoch = 2));
	CHECK(REFUSED_NOT, (begin_epoch(w, 2), put_value(w, me, OWN, span_str("name"))));
	CHECK(REFUSED_NOT, (begin_epoch(w, 3), w->b.epoch_most = 2)); /* what a checkpoint brought may have begun it */
	CHECK(REFUSED_EPOCH, (begin_epoch(w, 4), w->b.epoch_most = 2));
	CHECK(REFUSED_NOT, (begin_epoch(w, 3), w->b.epoch = 2, w->b.epoch_most = 1));
	CHECK(REFUSED_EPOCH, put_root_key(w));                   /* of one that nothing began */
	CHECK(REFUSED_EPOCH, (w->b.epoch = 2, put_root_key(w))); /* it has the number of one alone */
	CHECK(REFUSED_NOT, (w->begun = true, w->b.epoch = 2, put_root_key(w)));
	CHECK(REFUSED_NOT, (w->begun = true, w->b.epoch_most = 2, put_root_key(w)));
	CHECK(REFUSED_EPOCH, (w->begun = true, begin_epoch(w, 2), put_root_key(w)));
	CHECK(REFUSED_NOT, put_segment(w));
	CHECK(REFUSED_EPOCH, (begin_epoch(w, 2), put_segment(w)));
}

/* -- stamps and what is whole ---------------------------------------------------------------------------------------
 */

static void put_stamp(struct world *w, struct stamp s)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	group_value(&r, 1, s, span_str("of a kind that is not known"));
	put_file(w, shared_key_kind((enum shared_kind)0x49), &r);
}

static void put_key_stamp(struct world *w, struct stamp s, enum group_class class)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	size_t map = group_open(&r, 1, class, s);
	if (class != GROUP_SCOPED)
		group_close(&r, group_key(&r, s, SPAN("0123456789abcdef", 16)));
	group_close(&r, map);
	put_file(w, shared_key_kind((enum shared_kind)0x49), &r);
}

static void put_history(struct world *w, struct stamp s)
{
	const struct vault_name n = { .kind = SHARED_PLACE, .ino = 7, .group = 4, .stamp = s };
	put_value(w, n, STAMP_ZERO, SPAN("\0\0\0\0\0\0\0\0\1\0\0\0", 12));
}

static void put_link(struct world *w, const struct link_rec *l)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	place_write(&r, l);
	put_file(w, shared_key_number(SHARED_LINK, 7, 9), &r);
}

/* put_where: with another stamp in one place. */
enum where_stamp { LIFE, SEAT, PARTNER, SEAT_BEFORE };
static void put_where(struct world *w, enum where_stamp which, struct stamp s)
{
	struct link_rec l = link_of(7, 9, OLD, "name");
	l.where.has_half = true;
	l.where.half = (struct half){ .with = { 8, 0, OLD }, .before = { 1, name_of("a") }, .seat = { OLD, 0 } };
	struct stamp *at[] = { &l.life, &l.where.seat.stamp, &l.where.half.with.life, &l.where.half.seat.stamp };
	*at[which] = s;
	put_link(w, &l);
}

static void test_stamps(void **state)
{
	(void)state;
	const struct stamp bad[] = {
		{ 301, STREAM, 7 }, { 300, STREAM, 8 }, { 1, OTHER, 3 }, { 1, 4, 1 }, { 1, 0, 0 }
	};
	const struct stamp good[] = { OWN, OLD, { 1, OTHER, 1 }, { 1, STREAM, 6 }, STAMP_ZERO };
	for (size_t i = 0; i < ARRAY_LEN(bad) + ARRAY_LEN(good); i++) {
		bool fine = i >= ARRAY_LEN(bad);
		struct stamp s = fine ? good[i - ARRAY_LEN(bad)] : bad[i];
		enum refusal want = fine ? REFUSED_NOT : REFUSED_STAMP;
		CHECK(want, put_stamp(w, s));
		CHECK(want, put_key_stamp(w, s, GROUP_MAP));
		CHECK(want, put_key_stamp(w, s, GROUP_VERSION));
		CHECK(want, put_key_stamp(w, s, GROUP_SCOPED));
		CHECK(want, put_history(w, s));
		for (enum where_stamp which = LIFE; which <= SEAT_BEFORE; which++)
			CHECK(want, put_where(w, which, s));
	}
}

/* put_bare: a life without `where`, or with a removal without `written`. */
static void put_bare(struct world *w, struct stamp life, struct stamp removed, bool written)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	size_t place = group_open(&r, GROUP_PLACE, GROUP_SCOPED, life);
	if (stamp_cmp(removed, STAMP_ZERO))
		group_value(&r, 2, removed, SPAN("", 0));
	if (written)
		group_value(&r, 4, removed, SPAN("", 0));
	group_close(&r, place);
	put_file(w, shared_key_number(SHARED_LINK, 7, 9), &r);
}

/* put_version: with root and contents, or one of these. */
static void put_version(struct world *w, struct stamp s, bool root, bool contents)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct version_id id = { s, { { 1 } } };
	size_t map = group_open(&r, GROUP_VERSIONS, GROUP_VERSION, STAMP_ZERO),
	       key = group_key(&r, s, id_span(&id.tag));
	if (root)
		group_value(&r, 1, s, SPAN("", 0));
	if (contents)
		group_value(&r, 4, STAMP_ZERO, SPAN("\0\0\0\0\0\0\0\0\0\0", 10));
	group_close(&r, key);
	group_close(&r, map);
	put_file(w, shared_key_version(SHARED_SIBLING, 7, id), &r);
}

static void test_what_is_new_is_whole(void **state)
{
	(void)state;
	CHECK(REFUSED_NOT, put_bare(w, OLD, STAMP_ZERO, false));
	CHECK(REFUSED_NOT_WHOLE, put_bare(w, OWN, STAMP_ZERO, false));
	CHECK(REFUSED_NOT, put_bare(w, OLD, OWN, true));
	CHECK(REFUSED_NOT_WHOLE, put_bare(w, OLD, OWN, false));
	CHECK(REFUSED_NOT, put_bare(w, OLD, OLD, false));
	CHECK(REFUSED_NOT, put_version(w, OWN, true, true));
	CHECK(REFUSED_NOT_WHOLE, put_version(w, OWN, true, false));
	CHECK(REFUSED_NOT_WHOLE, put_version(w, OWN, false, true));
	CHECK(REFUSED_NOT, put_version(w, OLD, false, false));
}

/* -- limits ------------------------------------------------------------------------------------------------------- */

static void put_keys(struct world *w, unsigned n, enum group_class class)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	size_t map = group_open(&r, 1, class, STAMP_ZERO);
	for (unsigned i = 0; i < n; i++) {
		const struct id key = { { (uint8_t)(i >> 8), (uint8_t)i } };
		group_close(&r, group_key(&r, STAMP_ZERO, id_span(&key)));
	}
	group_close(&r, map);
	put_file(w, shared_key_kind((enum shared_kind)0x49), &r);
}

/* put_marks: of an inode: `n` versions that are gone, and a live one in INODE or SIBLING. */
static void put_marks(struct world *w, uint64_t ino, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		cleanup(record_free) struct record r = RECORD_INIT;
		struct version_id id = { { 1, OTHER, 1 }, { { (uint8_t)i } } };
		version_write(&r, &(struct version_rec){ .id = id, .root = id, .gone = true, .mark = true });
		put_file(w, shared_key_version(SHARED_VERSION, ino, id), &r);
	}
}

static void test_limits(void **state)
{
	(void)state;
	CHECK(REFUSED_NOT, put_keys(w, COMMIT_KEYS_MAX, GROUP_MAP));
	CHECK(REFUSED_LIMIT, put_keys(w, COMMIT_KEYS_MAX + 1, GROUP_MAP));
	CHECK(REFUSED_LIMIT, put_keys(w, COMMIT_KEYS_MAX + 1, GROUP_VERSION));
	CHECK(REFUSED_NOT, (put_marks(w, 7, COMMIT_VERSIONS_MAX), put_marks(w, 8, COMMIT_VERSIONS_MAX)));
	CHECK(REFUSED_LIMIT, put_marks(w, 7, COMMIT_VERSIONS_MAX + 1));
	CHECK(REFUSED_NOT, (put_marks(w, 7, COMMIT_VERSIONS_MAX - 1), put_version(w, OLD, true, true)));
	CHECK(REFUSED_LIMIT, (put_marks(w, 7, COMMIT_VERSIONS_MAX), put_version(w, OLD, true, true)));
	cleanup(end) struct world w;
	begin(&w);
	struct commit_records s = { .last = &w.part[0].c, .basis = &w.b, .count = COMMIT_RECORDS_MAX - 1 };
	ok(commit_records_add(&s, span_str("\x49"), span_str("\3.")));
	assert_int_equal(commit_records_add(&s, span_str("\x4a"), span_str("\3.")), ERR_DAMAGED);
	assert_int_equal(s.why, REFUSED_LIMIT);
}

/* -- records ------------------------------------------------------------------------------------------------------ */

static void put_later(struct world *w, size_t len)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	memset(buf_extend(&b, len), 3, len);
	ok(records_put(&w->records, span_str("\x49"), buf_span(&b)));
}

/* put_later_known: of a kind that is known, which has one version for ever. */
static void put_later_known(struct world *w, unsigned kind)
{
	const struct vault_name n = { .kind = kind, .id = { { STREAM } }, .ino = 7, .number = 2, .group = 2 };
	struct vault_key key = vault_key_of(&n);
	struct shared_key file = shared_key_ino(SHARED_INODE, 7);
	struct span of = kind == SHARED_INODE ? shared_key_span(&file) : vault_key_span(&key);
	ok(records_put(&w->records, of, span_str("\3.")));
}

static void put_none(struct world *w)
{
	ok(records_put(&w->records, span_str("\x49"), SPAN("\2\0\0", 3)));
}

static void put_rule_broken(struct world *w)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	group_value(&r, 3, OWN, span_str("?"));
	put_file(w, shared_key_ino(SHARED_INODE, 7), &r);
}

static void put_content(struct world *w, enum vault_kind kind, uint8_t stream)
{
	put_value(w, (struct vault_name){ .kind = kind, .id = { { stream } } }, STAMP_ZERO,
	          kind == SHARED_CONTENT ? SPAN("", 0) : SPAN("\0", 1));
}

static void test_records(void **state)
{
	(void)state;
	const struct vault_name me = { .kind = SHARED_DEVICE, .id = { { STREAM } } };
	const struct vault_name other = { .kind = SHARED_DEVICE, .id = { { OTHER } } };
	CHECK(REFUSED_RECORD, put_none(w));
	CHECK(REFUSED_RECORD, put_rule_broken(w));
	CHECK(REFUSED_NOT, put_later(w, RECORD_MAX));
	CHECK(REFUSED_LIMIT, put_later(w, RECORD_MAX + 1));
	for (unsigned kind = SHARED_INODE; kind <= SHARED_EPOCH; kind++)
		if (kind <= SHARED_SEGMENT || kind >= SHARED_SUPER)
			CHECK(REFUSED_RECORD, put_later_known(w, kind));
	CHECK(REFUSED_NOT, put_content(w, SHARED_CONTENT, STREAM));
	CHECK(REFUSED_ANOTHERS, put_content(w, SHARED_CONTENT, OTHER));
	CHECK(REFUSED_NOT, (put_content(w, SHARED_CONTENT, STREAM), put_content(w, SHARED_EXTENTS, STREAM)));
	CHECK(REFUSED_RECORD, put_content(w, SHARED_EXTENTS, STREAM));
	CHECK(REFUSED_NOT, put_value(w, me, OWN, span_str("name")));
	CHECK(REFUSED_ANOTHERS, put_value(w, other, OWN, span_str("name")));
}

/* -- members ------------------------------------------------------------------------------------------------------ */

static const uint8_t mix[32] = { 1 };
static const uint8_t sign_key[32] = { 2 }, box_key[33] = { 1 }, proof[SIGNER_SIG] = { 3 };

/* put_signer: a JOIN, or of `wrap` a SLOT. */
static struct id put_signer(struct world *w, const uint8_t key[32], struct span wrap)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct signer_new m = { .kind = wrap.len ? SIGNER_RECOVERY : SIGNER_DEVICE, .sign_key = key };
	struct hash h;
	struct id id;
	m.box_key = SPAN(box_key, sizeof(box_key));
	ok(crypto_sha256(SPAN(mix, 32), &m.mix));
	ok(crypto_sha256(wrap, &m.wrap));
	ok(statement_put_body(
	        &body, &(struct statement){ .kind = wrap.len ? SIGNER_SLOT : SIGNER_JOIN, .who = m, .proof = proof }));
	put_statement(w, wrap.len ? SIGNER_SLOT : SIGNER_JOIN, buf_span(&body), &h);
	ok(signer_id(w->b.vault, &m, &id));
	return id;
}

static struct id put_newcomer(struct world *w, struct span wrap)
{
	return put_signer(w, sign_key, wrap);
}

static void put_secrets(struct world *w, enum vault_kind kind, struct id id, struct span mixed, struct span wrap)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = kind, .id = id });
	const struct span all[] = { mixed, wrap };
	for (uint16_t i = 0; i < 2; i++) {
		if (!all[i].len)
			continue;
		size_t map = group_open(&r, i + 1, GROUP_MAP, STAMP_ZERO);
		group_close(&r, group_key(&r, STAMP_ZERO, all[i]));
		group_close(&r, map);
	}
	put(w, vault_key_span(&k), &r);
}

static void test_who_comes_in(void **state)
{
	(void)state;
	static const uint8_t junk[32] = { 9 };
	uint8_t wrap_bytes[SIGNER_WRAP] = { [16] = SIGNER_RECOVERY }, other[SIGNER_WRAP] = { [16] = SIGNER_PASSPHRASE };
	const struct span none = SPAN(NULL, 0), secret = SPAN(mix, 32), wrap = SPAN(wrap_bytes, SIGNER_WRAP);
	CHECK(REFUSED_MEMBER, (void)put_newcomer(w, none));
	CHECK(REFUSED_NOT, put_secrets(w, SHARED_DEVICE, put_newcomer(w, none), secret, none));
	CHECK(REFUSED_MEMBER, put_secrets(w, SHARED_DEVICE, put_newcomer(w, none), SPAN(junk, 32), none));
	CHECK(REFUSED_MEMBER, put_secrets(w, SHARED_SLOT, put_newcomer(w, none), secret, none));
	CHECK(REFUSED_MEMBER, ((void)put_newcomer(w, none), put_secrets(w, SHARED_DEVICE, ID_ZERO, secret, none)));
	cleanup(end) struct world first;
	begin(&first);
	struct id slot = put_newcomer(&first, wrap); /* its id is in the wrap, whose hash is no part of the id */
	id_put(wrap_bytes, slot);
	id_put(other, slot);
	CHECK(REFUSED_MEMBER, (void)put_newcomer(w, wrap));
	CHECK(REFUSED_NOT, put_secrets(w, SHARED_SLOT, put_newcomer(w, wrap), secret, wrap));
	CHECK(REFUSED_MEMBER, put_secrets(w, SHARED_SLOT, put_newcomer(w, wrap), secret, none));
	CHECK(REFUSED_MEMBER, put_secrets(w, SHARED_SLOT, put_newcomer(w, wrap), none, wrap));
	CHECK(REFUSED_MEMBER, put_secrets(w, SHARED_SLOT, put_newcomer(w, wrap), secret, SPAN(other, SIGNER_WRAP)));
}

/* check_many: CPU time of a commit that lets `n` in, and has no record of any of them but of as many others. */
static double check_many(uint32_t n)
{
	cleanup(end) struct world w;
	begin(&w);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t key[32] = { 0 };
		struct id other = { { 0xff } };
		memcpy(key, &i, sizeof(i));
		memcpy(other.b + 4, &i, sizeof(i));
		(void)put_signer(&w, key, SPAN(NULL, 0));
		put_secrets(&w, SHARED_DEVICE, other, SPAN(mix, 32), SPAN(NULL, 0));
	}
	pack_into(&w, 0);
	clock_t before = clock();
	assert_int_equal(verdict(&w), REFUSED_MEMBER);
	return (double)(clock() - before);
}

/* A commit has room for a million of them, and whoever gets it looks at all. */
static void test_many_who_come_in_cost_no_more_each(void **state)
{
	(void)state;
	double few = check_many(5000), many = check_many(40000);
	if (many > 16 * few)
		fail_msg("8 times as many cost %.1f times as much", many / few);
}

static void test_first_commit_has_its_incarnation(void **state)
{
	(void)state;
	CHECK(REFUSED_NOT, first_commit(w, SIGNER_INCARNATION, 0));
	CHECK(REFUSED_INCARNATION, first_commit(w, SIGNER_INCARNATION, 1));
	CHECK(REFUSED_INCARNATION, first_commit(w, SIGNER_RULES, 0));
	CHECK(REFUSED_INCARNATION, w->part[0].c.n = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_stands),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_purges),
		cmocka_unit_test(test_epochs),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_what_is_new_is_whole),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_who_comes_in),
		cmocka_unit_test(test_many_who_come_in_cost_no_more_each),
		cmocka_unit_test(test_first_commit_has_its_incarnation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
