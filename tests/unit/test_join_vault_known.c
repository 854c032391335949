/* SPDX-License-Identifier: MIT
 * Records of history, contents, segments and members: what a commit must not carry is refused, each rule broken alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "vault/join/content.h"
#include "vault/join/epoch.h"
#include "vault/join/group_encode.h"
#include "vault/join/known.h"
#include "vault/join/segment.h"
#include "vault/join/signer.h"
#include "vault/join/varint.h"
#include "vault/join/vault_key.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define SOME ((struct stamp){ 5, 10, 1 })
#define BYTES(s) SPAN(s, sizeof(s) - 1)

/* known: of a record under that key. */
static err_t known(const struct vault_name *n, const struct record *r)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct vault_key key = vault_key_of(n);
	ok(record_encode(r, &out));
	return known_check(vault_key_span(&key), buf_span(&out));
}

/* value_is: with a VALUE alone. */
static err_t value_is(const struct vault_name *n, uint16_t number, struct stamp s, struct span bytes)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	group_value(&r, number, s, bytes);
	return known(n, &r);
}

/* key_is: with a MAP alone, of one key. */
static err_t key_is(const struct vault_name *n, uint16_t number, struct stamp s, struct span bytes)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	size_t map = group_open(&r, number, GROUP_MAP, STAMP_ZERO), key = group_key(&r, s, bytes);
	group_close(&r, key);
	group_close(&r, map);
	return known(n, &r);
}

#define NAME(...) (&(struct vault_name){ __VA_ARGS__ })
#define GOOD(e) assert_int_equal(e, ERR_OK)
#define BAD(e) assert_int_equal(e, ERR_DAMAGED)

/* one: of what has group 1 as VALUE. */
static err_t one(const struct vault_name *n, struct span bytes)
{
	return value_is(n, 1, STAMP_ZERO, bytes);
}

/* one_only: that group must be there, with that class, under the zero stamp. */
static void one_only(const struct vault_name *n, struct span good)
{
	GOOD(value_is(n, 1, STAMP_ZERO, good));
	BAD(value_is(n, 1, SOME, good));
	BAD(value_is(n, 2, STAMP_ZERO, good));
	BAD(key_is(n, 1, STAMP_ZERO, good));
}

/* inside_is: a MAP as group 1 of one key, with a group inside that key. */
static err_t inside_is(const struct vault_name *n, struct span bytes, uint16_t inside)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	size_t map = group_open(&r, 1, GROUP_MAP, STAMP_ZERO), key = group_key(&r, STAMP_ZERO, bytes);
	group_value(&r, inside, SOME, BYTES("?"));
	group_close(&r, key);
	group_close(&r, map);
	return known(n, &r);
}

/* -- keys -------------------------------------------------------------------------------------------------------- */

static void test_keys(void **state)
{
	(void)state;
	struct vault_name all[] = {
		{ .kind = SHARED_PLACE, .ino = 7, .group = 2, .sub = 9, .stamp = SOME },
		{ .kind = SHARED_CONTENT, .id = { { 1 } } },
		{ .kind = SHARED_EXTENTS, .id = { { 1 } }, .number = 0x01020304 },
		{ .kind = SHARED_SEGMENT, .id = { { 1 } } },
		{ .kind = SHARED_SUPER },
		{ .kind = SHARED_GENESIS },
		{ .kind = SHARED_STATEMENT, .hash = { { 1 } } },
		{ .kind = SHARED_SLOT, .id = { { 1 } } },
		{ .kind = SHARED_DEVICE, .id = { { 1 } } },
		{ .kind = SHARED_EPOCH, .number = 1, .hash = { { 1 } } },
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct vault_name back;
		struct vault_key k = vault_key_of(&all[i]);
		ok(vault_key_parse(vault_key_span(&k), &back));
		struct vault_key again = vault_key_of(&back);
		assert_int_equal(span_cmp(vault_key_span(&k), vault_key_span(&again)), 0);
		BAD(vault_key_parse(SPAN(k.b, k.len + 1u), &back));
		if (k.len > 1)
			BAD(vault_key_parse(SPAN(k.b, k.len - 1u), &back));
	}
	struct vault_name back;
	struct vault_key none = vault_key_of(NAME(.kind = SHARED_EPOCH)),
	                 rootless = vault_key_of(NAME(.kind = SHARED_PLACE));
	BAD(vault_key_parse(vault_key_span(&none), &back));     /* epoch 0 */
	BAD(vault_key_parse(vault_key_span(&rootless), &back)); /* inode 0 */
	assert_int_equal(vault_key_parse(BYTES("\x44"), &back), ERR_NOTFOUND);
	assert_int_equal(vault_key_parse(BYTES("\x49"), &back), ERR_NOTFOUND);
	assert_int_equal(vault_key_parse(BYTES("\x56"), &back), ERR_NOTFOUND);
	assert_int_equal(vault_key_parse(BYTES(""), &back), ERR_NOTFOUND);
}

/* -- history ----------------------------------------------------------------------------------------------------- */

#define TIME "\1\2\3\4\5\6\7\x08"
#define DIR "\1\0\0\0\0\0\0\0"
static err_t place(uint8_t group, uint64_t sub, struct span bytes)
{
	return one(NAME(.kind = SHARED_PLACE, .ino = 7, .group = group, .sub = sub), bytes);
}

static void test_places_before(void **state)
{
	(void)state;
	one_only(NAME(.kind = SHARED_PLACE, .ino = 7, .group = 2), BYTES(TIME "\0" DIR "\1a"));
	GOOD(place(2, 5, BYTES(TIME "\0" DIR "\1a")));
	BAD(place(2, 0, BYTES(TIME "\1" DIR "\1a"))); /* flags */
	BAD(place(2, 0, BYTES(TIME "\0\0\0\0\0\0\0\0\0\1a")));
	BAD(place(2, 0, BYTES(TIME "\0" DIR "\1/")));
	BAD(place(2, 0, BYTES(TIME "\0" DIR "\0")));
	BAD(place(2, 0, BYTES(TIME "\0" DIR "\2a")));
	BAD(place(2, 0, BYTES(TIME "\0" DIR "\1ab")));
	BAD(place(2, 0, BYTES("\1\2\3")));
}

static void test_attributes_before(void **state)
{
	(void)state;
	GOOD(place(3, 0, BYTES(TIME "\xed\1")));
	GOOD(place(3, 0,
	           BYTES(TIME "\xed\1"
	                      "acl")));
	BAD(place(3, 0, BYTES(TIME "\xed\x11"))); /* more than 12 bits */
	BAD(place(3, 1, BYTES(TIME "\xed\1")));   /* sub */
	GOOD(place(4, 0, BYTES(TIME "\1\0\0\0")));
	BAD(place(4, 0, BYTES(TIME "\1\0\0")));
	GOOD(place(11, 5, BYTES(TIME "\1a\1value")));
	GOOD(place(11, 5, BYTES(TIME "\1a\0")));
	BAD(place(11, 5, BYTES(TIME "\1a\0v")));
	BAD(place(11, 5, BYTES(TIME "\1a\2")));
	BAD(place(11, 5, BYTES(TIME "\0\1v")));
	BAD(place(11, 5, BYTES(TIME "\1\0\1v")));
	BAD(place(11, 5, BYTES(TIME "\1a")));
	GOOD(place(12, 5, BYTES(TIME "?"))); /* of a later version */
	BAD(place(1, 0, BYTES(TIME)));
	BAD(place(9, 0, BYTES(TIME)));
	BAD(place(10, 0, BYTES(TIME)));
}

/* -- contents ---------------------------------------------------------------------------------------------------- */

#define ID16 "0123456789abcdef"
static void test_contents(void **state)
{
	(void)state;
	const struct vault_name *n = NAME(.kind = SHARED_CONTENT);
	one_only(n, BYTES(ID16 "\1"));
	GOOD(one(n, BYTES("")));
	GOOD(one(n, BYTES(ID16 "\x80\x80\x80\x80\x80\x80\x80\x10")));
	BAD(one(n, BYTES(ID16 "\x81\x80\x80\x80\x80\x80\x80\x10"))); /* more than 2^53 */
	BAD(one(n, BYTES(ID16 "\0")));
	BAD(one(n, BYTES(ID16)));
	BAD(one(n, BYTES(ID16 "\1\0")));
}

#define BLOCK "\x80\x80\x08" /* 131,072 */
static void test_extents(void **state)
{
	(void)state;
	const struct vault_name *n = NAME(.kind = SHARED_EXTENTS);
	one_only(n, BYTES("\0"));
	GOOD(one(n, BYTES("\1\0" BLOCK ID16 "\0")));
	GOOD(one(n, BYTES("\2\0\1" ID16 "\0\0\1" ID16 "\0")));
	GOOD(one(n, BYTES("\1\1\xff\xff\7" ID16 "\1")));
	GOOD(one(n, BYTES("\1\xff\xff\x7f\1" ID16 "\0")));
	BAD(one(n, BYTES("\1\0\0" ID16 "\0")));             /* of no length */
	BAD(one(n, BYTES("\1\1" BLOCK ID16 "\0")));         /* into the next block of the file */
	BAD(one(n, BYTES("\1\0" BLOCK ID16 "\1")));         /* over the end of its block */
	BAD(one(n, BYTES("\1\x80\x80\x80\1\1" ID16 "\0"))); /* behind the window */
	BAD(one(n, BYTES("\2\0\1" ID16 "\0")));             /* one is missing */
	BAD(one(n, BYTES("\0\0")));                         /* one too many */
	cleanup(buf_free) struct buf b = BUF_INIT;
	for (unsigned more = 0; more < 2; more++) {
		buf_clear(&b);
		varint_put(&b, CONTENT_EXTENTS_MAX + more);
		for (unsigned i = 0; i < CONTENT_EXTENTS_MAX + more; i++)
			buf_put(&b, "\0\1" ID16 "\0", 19);
		assert_int_equal(one(n, buf_span(&b)), more ? ERR_DAMAGED : ERR_OK);
	}
}

/* -- segments ---------------------------------------------------------------------------------------------------- */

static err_t segment(struct span facts)
{
	struct vault_name n = { .kind = SHARED_SEGMENT };
	ok(segment_id(facts, &n.id));
	return one(&n, facts);
}

#define SALT ID16
#define EPOCH1 "\1eightlys"
#define HASH32 ID16 ID16
#define ZERO32 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
static void test_segments(void **state)
{
	(void)state;
	GOOD(segment(BYTES(SALT "\x80\x40\1" EPOCH1 "\1" HASH32 "\5\0")));
	GOOD(segment(BYTES(SALT "\x80\x40\2" EPOCH1 "\2eightlys\2" HASH32 "\5\1" HASH32 "\5\0")));
	BAD(segment(BYTES(SALT "\x81\x20\1" EPOCH1 "\1" HASH32 "\5\0"))); /* not the size */
	BAD(segment(BYTES(SALT "\x80\x40\1\0eightlys\1" HASH32 "\5\0"))); /* epoch 0 */
	BAD(segment(BYTES(SALT "\x80\x40\1\x80\x80\x80\x80\x10"
	                       "eightlys\1" HASH32 "\5\0")));                                  /* over 32 bits */
	BAD(segment(BYTES(SALT "\x80\x40\2" EPOCH1 EPOCH1 "\2" HASH32 "\5\1" HASH32 "\5\0"))); /* an epoch twice */
	BAD(segment(BYTES(SALT "\x80\x40\2" EPOCH1 "\2eightlys\1" HASH32 "\5\0")));            /* one not used */
	BAD(segment(BYTES(SALT "\x80\x40\1" EPOCH1 "\1" HASH32 "\5\1"))); /* one that is not there */
	BAD(segment(BYTES(SALT "\x80\x40\1" EPOCH1 "\1" HASH32 "\0\0"))); /* an empty block */
	BAD(segment(BYTES(SALT "\x80\x40\0\0")));                         /* no blocks */
	BAD(segment(BYTES(SALT "\x80\x40\1" EPOCH1 "\1" HASH32 "\5\0\0")));
	const struct span facts = BYTES(SALT "\x80\x40\1" EPOCH1 "\1" HASH32 "\5\0");
	struct vault_name n = { .kind = SHARED_SEGMENT };
	BAD(one(&n, facts)); /* another id */
	ok(segment_id(facts, &n.id));
	BAD(value_is(&n, 1, SOME, facts));
	GOOD(value_is(&n, 2, SOME, BYTES("")));
	GOOD(value_is(&n, 2, SOME, BYTES(TIME)));
	BAD(value_is(&n, 2, SOME, BYTES("\1")));
}

static void test_largest_segment(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 2; n++) {
		struct short_epoch epoch = { .number = 1 };
		cleanup(buf_free) struct buf out = BUF_INIT;
		struct segment_block blocks[SEGMENT_BLOCKS_MAX + 1];
		for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
			blocks[i] = (struct segment_block){ .length = 1 };
		struct segment_facts f = { .epochs = &epoch, .epochs_n = 1, .blocks = blocks };
		f.blocks_n = SEGMENT_BLOCKS_MAX + n; /* too many */
		assert_int_equal(segment_put_facts(&out, &f), n ? ERR_INVAL : ERR_OK);
		f.blocks_n = 143 + n; /* 143 of them are under 18 MiB */
		for (size_t i = 0; i < f.blocks_n; i++)
			blocks[i].length = 131072;
		assert_int_equal(segment_put_facts(&out, &f), n ? ERR_INVAL : ERR_OK);
		blocks[0].length = 131073;
		f.blocks_n = 1;
		assert_int_equal(segment_put_facts(&out, &f), ERR_INVAL);
	}
}

/* -- members ----------------------------------------------------------------------------------------------------- */

static void test_super_and_genesis(void **state)
{
	(void)state;
	const struct vault_name *super = NAME(.kind = SHARED_SUPER), *genesis = NAME(.kind = SHARED_GENESIS);
	GOOD(value_is(super, 2, SOME, BYTES("\7\0\0\0")));
	BAD(value_is(super, 2, SOME, BYTES("\6\0\0\0")));
	BAD(value_is(super, 2, SOME, BYTES("\7\0\0")));
	GOOD(value_is(super, 3, SOME, BYTES("\0\0\0\0")));
	BAD(value_is(super, 3, SOME, BYTES("\0\0\0\0\0")));
	BAD(key_is(super, 3, SOME, BYTES("\0\0\0\0")));
	GOOD(value_is(super, 12, SOME, BYTES("?")));
	BAD(value_is(super, 4, SOME, BYTES("?"))); /* of no version that there will be */
	GOOD(key_is(genesis, 1, STAMP_ZERO, BYTES("\3\0gen\0\0")));
	BAD(key_is(genesis, 1, SOME, BYTES("\3\0gen\0\0")));
	BAD(key_is(genesis, 2, STAMP_ZERO, BYTES("\3\0gen\0\0")));
	BAD(value_is(genesis, 1, STAMP_ZERO, BYTES("\3\0gen\0\0")));
	BAD(key_is(genesis, 1, STAMP_ZERO, BYTES("\0\0\0\0")));
	BAD(key_is(genesis, 1, STAMP_ZERO, BYTES("\3\0gen\1\0")));
	BAD(key_is(genesis, 1, STAMP_ZERO, BYTES("\3\0gen\0\0.")));
}

struct sample {
	uint8_t version, kind, flags;
	uint64_t number;
	bool previous;
	struct span body;
};
/* say: bytes of a statement. */
static void say(struct buf *out, struct sample s)
{
	static const uint8_t sig[SIGNER_SIG];
	buf_clear(out);
	buf_u8(out, s.version);
	buf_u8(out, s.kind);
	buf_u8(out, s.flags);
	buf_id(out, ID_ZERO);
	buf_u64(out, s.number);
	buf_hash(out, (struct hash){ { s.previous } });
	buf_u64(out, 1700000000);
	buf_blob16(out, s.body);
	buf_put(out, sig, sizeof(sig));
}

static err_t said(const struct buf *b)
{
	struct vault_name n = { .kind = SHARED_STATEMENT };
	ok(signer_statement_hash(buf_span(b), &n.hash));
	return one(&n, buf_span(b));
}

#define JOIN_BODY "rank" HASH32 "\x21\0\1" HASH32 HASH32 HASH32 HASH32
#define SLOT_BODY(kind) "rank" kind HASH32 "\x21\0\1" HASH32 HASH32 HASH32 NO_PIN
#define NO_PIN                                                                                                         \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                                                                             \
	"\0\0\0\0\0\0\0\0" ZERO32
#define SAY(verdict, ...)                                                                                              \
	do {                                                                                                           \
		say(&b, (struct sample){ __VA_ARGS__ });                                                               \
		verdict(said(&b));                                                                                     \
	} while (0)

static void test_statements(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf b = BUF_INIT;
	static const uint8_t large[16385];
	SAY(GOOD, 1, 9, 0, 1, false, BYTES(""));
	SAY(GOOD, 1, 9, 1, 2, true, BYTES("body"));
	SAY(GOOD, 1, 9, 0, 1, false, SPAN(large, 16384));
	SAY(BAD, 1, 9, 0, 1, false, SPAN(large, 16385));
	SAY(BAD, 0, 9, 0, 1, false, BYTES(""));
	SAY(BAD, 2, 9, 0, 1, false, BYTES(""));
	SAY(BAD, 1, 9, 2, 1, false, BYTES(""));
	SAY(BAD, 1, 9, 0, 0, true, BYTES(""));
	SAY(BAD, 1, 9, 0, 1, true, BYTES(""));
	SAY(BAD, 1, 9, 0, 2, false, BYTES(""));
	SAY(GOOD, 1, SIGNER_JOIN, 0, 1, false, BYTES(JOIN_BODY));
	SAY(BAD, 1, SIGNER_JOIN, 0, 1, false, BYTES(JOIN_BODY "."));
	SAY(GOOD, 1, SIGNER_SLOT, 0, 1, false, BYTES(SLOT_BODY("\1") "\0\0"));
	SAY(BAD, 1, SIGNER_SLOT, 0, 1, false, BYTES(SLOT_BODY("\3") "\0\0"));
	SAY(BAD, 1, SIGNER_SLOT, 0, 1, false, BYTES(SLOT_BODY("\1") "\0\0."));
	SAY(GOOD, 1, SIGNER_CONFIRM, 0, 1, false, BYTES(HASH32));
	SAY(BAD, 1, SIGNER_CONFIRM, 0, 1, false, BYTES("hash"));
	SAY(BAD, 1, SIGNER_SLOT, 0, 1, false, BYTES("rank\1" HASH32 "\x21\0\1" HASH32 HASH32));
	say(&b, (struct sample){ 1, 9, 0, 1, false, BYTES("") });
	BAD(one(NAME(.kind = SHARED_STATEMENT), buf_span(&b))); /* another hash */
	buf_u8(&b, 0);
	BAD(said(&b)); /* something behind it */
}

static void test_slots_and_devices(void **state)
{
	(void)state;
	uint8_t wrap[SIGNER_WRAP + 1] = { [0] = 7, [16] = 1 };
	const struct vault_name *slot = NAME(.kind = SHARED_SLOT, .id = { { 7 } }),
	                        *device = NAME(.kind = SHARED_DEVICE);
	const struct vault_name *both[] = { slot, device };
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		GOOD(key_is(both[i], 1, STAMP_ZERO, BYTES(HASH32)));
		BAD(key_is(both[i], 1, SOME, BYTES(HASH32)));
		GOOD(inside_is(both[i], BYTES(HASH32), GROUP_LATER));
		BAD(inside_is(both[i], BYTES(HASH32), GROUP_LATER - 1));
		BAD(key_is(both[i], 1, STAMP_ZERO, BYTES(ID16)));
		BAD(value_is(both[i], 1, STAMP_ZERO, BYTES(HASH32)));
	}
	GOOD(key_is(slot, 2, STAMP_ZERO, SPAN(wrap, SIGNER_WRAP)));
	BAD(key_is(slot, 2, SOME, SPAN(wrap, SIGNER_WRAP)));
	BAD(key_is(slot, 2, STAMP_ZERO, SPAN(wrap, SIGNER_WRAP + 1)));
	BAD(key_is(slot, 2, STAMP_ZERO, SPAN(wrap, SIGNER_WRAP - 1)));
	wrap[16] = SIGNER_DEVICE;
	BAD(key_is(slot, 2, STAMP_ZERO, SPAN(wrap, SIGNER_WRAP)));
	wrap[16] = SIGNER_PASSPHRASE;
	GOOD(key_is(slot, 2, STAMP_ZERO, SPAN(wrap, SIGNER_WRAP)));
	wrap[0] = 8; /* of another slot */
	BAD(key_is(slot, 2, STAMP_ZERO, SPAN(wrap, SIGNER_WRAP)));
	GOOD(value_is(device, 2, SOME, BYTES("B\xc3\xbcro")));
	GOOD(value_is(device, 2, SOME, BYTES(HASH32 HASH32)));
	BAD(value_is(device, 2, SOME, BYTES(HASH32 HASH32 ".")));
	BAD(value_is(device, 2, SOME, BYTES("")));
	BAD(value_is(device, 2, SOME, BYTES("\xc3")));
	BAD(value_is(device, 2, SOME, BYTES("a\nb")));
	BAD(key_is(device, 2, SOME, BYTES("name")));
}

static void test_epochs(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf start = BUF_INIT;
	struct vault_name n = { .kind = SHARED_EPOCH, .number = 2 };
	buf_put(&start, "\1\2\0\0\0\0\0" HASH32 "\0\0", 7 + 32 + 2);
	ok(epoch_id(buf_span(&start), &n.hash));
	GOOD(one(&n, buf_span(&start)));
	BAD(value_is(&n, 1, SOME, buf_span(&start)));
	GOOD(key_is(&n, 2, STAMP_ZERO, BYTES(HASH32)));
	BAD(key_is(&n, 2, SOME, BYTES(HASH32)));
	BAD(key_is(&n, 2, STAMP_ZERO, BYTES(ID16)));
	n.number = 3; /* another number */
	BAD(one(&n, buf_span(&start)));
	n.number = 2;
	n.hash = HASH_ZERO; /* another id */
	BAD(one(&n, buf_span(&start)));
	n.number = 1; /* which has no start */
	GOOD(key_is(&n, 2, STAMP_ZERO, BYTES(HASH32)));
	start.p[1] = 1;
	ok(epoch_id(buf_span(&start), &n.hash));
	BAD(one(&n, buf_span(&start)));
}

static void test_id_of_a_signer(void **state)
{
	(void)state;
	struct signer_new m = { .kind = SIGNER_DEVICE, .sign_key = (const uint8_t *)HASH32, .box_key = BYTES("\1k") };
	struct hash want;
	struct id got;
	cleanup(buf_free) struct buf in = BUF_INIT;
	m.mix = hash_from(HASH32);
	buf_put(&in, "cloudseal signer" ID16 "\3" HASH32 "\1k" HASH32, 16 + 16 + 1 + 32 + 2 + 32);
	ok(crypto_sha256(buf_span(&in), &want));
	ok(signer_id(id_from(ID16), &m, &got));
	assert_true(id_eq(got, id_from(want.b)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_places_before),
		cmocka_unit_test(test_attributes_before),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_largest_segment),
		cmocka_unit_test(test_super_and_genesis),
		cmocka_unit_test(test_statements),
		cmocka_unit_test(test_slots_and_devices),
		cmocka_unit_test(test_epochs),
		cmocka_unit_test(test_id_of_a_signer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
