/* SPDX-License-Identifier: MIT
 * What is printed of records of format 2: keys as text both ways, known groups by name, others by class, what breaks a
 * rule, and never a secret.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_util.h"
#include "tests/unit/print_util.h"
#include "vault/changeset/said.h"
#include "vault/join/content.h"
#include "vault/join/group_encode.h"
#include "vault/join/history.h"
#include "vault/join/inode_head.h"
#include "vault/join/segment.h"
#include "vault/join/signer.h"
#include "vault/join/xattr_map.h"
#include "vault/print/key_text.h"
#include "vault/records/placed.h"
#include "vault/shown/claims.h"
#include "vault/shown/shown_key.h"

#include <sys/stat.h>

#define SOME ((struct stamp){ 5, 0x8877665544332211, 1 })
#define BYTES(s) SPAN(s, sizeof(s) - 1)

/* printed: until the next call. */
static const char *printed(struct span key, const struct record *r)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	ok(record_encode(r, &value));
	return printed_record(key, buf_span(&value));
}

static const char *printed_vault(const struct vault_name *n, const struct record *r)
{
	struct vault_key key = vault_key_of(n);
	return printed(vault_key_span(&key), r);
}

/* value_of: a record of group 1 alone, as immutable ones are. */
static const char *value_of(const struct vault_name *n, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	group_value(&r, 1, STAMP_ZERO, value);
	return printed_vault(n, &r);
}

static void key_put(struct record *r, uint16_t number, struct span bytes)
{
	size_t map = group_open(r, number, GROUP_MAP, STAMP_ZERO), key = group_key(r, STAMP_ZERO, bytes);
	group_close(r, key);
	group_close(r, map);
}

/* -- keys -------------------------------------------------------------------------------------------------------- */

static void both_ways(struct span key, const char *text)
{
	char again[KEY_TEXT_MAX];
	struct rkey back;
	key_text_format(key, again);
	assert_string_equal(again, text);
	ok(key_text_parse(text, &back, NULL));
	assert_int_equal(span_cmp(rkey_span(&back), key), 0);
}

static void keys_go_both_ways(void **state)
{
	(void)state;
	struct version_id v = { SOME, { { 0xab } } };
	struct shared_key inode = shared_key_ino(SHARED_INODE, UINT64_MAX),
	                  version = shared_key_version(SHARED_VERSION, 7, v);
	struct shared_key link = shared_key_number(SHARED_LINK, 7, UINT64_MAX),
	                  xattr = shared_key_number(SHARED_XATTR, 1, 0xc0ffee);
	struct vault_key place = vault_key_of(&(struct vault_name){ .kind = SHARED_PLACE,
	                                                            .ino = UINT64_MAX,
	                                                            .group = 11,
	                                                            .sub = 0xc0ffee,
	                                                            .stamp = { UINT64_MAX, UINT64_MAX, UINT64_MAX } });
	struct vault_key epoch =
	        vault_key_of(&(struct vault_name){ .kind = SHARED_EPOCH, .number = 3, .hash = { { 1 } } });
	struct shown_key bound = shown_key(SHOWN_BOUND, (uint64_t[]){ 1, 0, 2, 3 }, 4);
	uint8_t set[64] = { SAID_B };
	memcpy(set + 1, version.b, version.len);
	both_ways(shared_key_span(&inode), "inode:18446744073709551615");
	both_ways(shared_key_span(&link), "link:7:18446744073709551615");
	both_ways(shared_key_span(&xattr), "xattr:1:0000000000c0ffee");
	both_ways(shared_key_span(&version), "version:7:5:8877665544332211:1:ab000000000000000000000000000000");
	both_ways(vault_key_span(&place), "place:18446744073709551615:11:0000000000c0ffee:18446744073709551615:"
	                                  "ffffffffffffffff:18446744073709551615");
	both_ways(vault_key_span(&epoch), "epoch:3:0100000000000000000000000000000000000000000000000000000000000000");
	both_ways(shown_key_span(&bound), "bound:1:0:2:3");
	both_ways(SPAN(set, 1u + version.len), "set-b:version:7:5:8877665544332211:1:ab000000000000000000000000000000");
	both_ways(SPAN(set, 1), "set-b");
}

static void malformed_keys_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "",
		                           ":",
		                           "inode:",
		                           "inode:-1",
		                           "inode:18446744073709551616",
		                           "inode:1:",
		                           "extents:00:1",
		                           "content:zz000000000000000000000000000000",
		                           "xattr:1:c0ffee",
		                           "epoch:4294967296",
		                           "nothing",
		                           "inodes:1",
		                           "dirent:1",
		                           "set-a:",
		                           "set-a:inode:x" };
	struct why why = { 0 };
	struct rkey key;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		why = (struct why){ 0 };
		assert_int_equal(key_text_parse(bad[i], &key, &why), ERR_INVAL);
		assert_true(why.text[0]);
	}
	why = (struct why){ 0 };
	assert_int_equal(key_text_parse("dirent:1", &key, &why), ERR_INVAL);
	assert_has(why.text, "there are reap, pin, inode, ");
	ok(key_text_parse("xattr:1", &key, NULL)); /* a prefix */
	assert_int_equal(key.len, 9);
	char text[KEY_TEXT_MAX];
	key_text_format(SPAN("\x40\x01", 2), text);
	assert_string_equal(text, "unknown:4001");
}

/* Two of one kind could not be told apart, nor by whoever reads the map. */
static void each_kind_has_one_meaning(void **state)
{
	(void)state;
	static const uint8_t local[] = { REC_PLACED, REC_UNLINKED, REC_USES, REC_NAMELESS_CONTENT,
		                         REC_PIN,    REC_REAP,     SAID_A,   SAID_B };
	uint8_t all[ARRAY_LEN(local) + SHOWN_KINDS_N];
	memcpy(all, local, sizeof(local));
	memcpy(all + sizeof(local), shown_kinds, SHOWN_KINDS_N);
	for (size_t i = 0; i < sizeof(all); i++) {
		assert_non_null(key_text_kind(all[i]));
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(all[i], all[k]);
	}
}

/* -- files ------------------------------------------------------------------------------------------------------- */

/* The example of docs/format.md. */
static void the_example_of_the_format(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf key = from_hex("409a3c5511e7000001");
	cleanup(buf_free) struct buf value = from_hex("0202051122334455667788010611223344556677880106010100111011121314"
	                                              "15161718191a1b1c1d1e1f08020301010101010f"
	                                              "00010000000000000005612e74787403010102a4010701020c0c460c6b000000"
	                                              "0005000000080102240c460c6b00000000010000"
	                                              "000c460c6b00000000050000000c460c6b00000000010000000a040102358efe"
	                                              "79ef5467ebe5c96423127ecd2602010102000401"
	                                              "000d01030c460c6b0000000068690a");
	const char *text = printed_record(buf_span(&key), buf_span(&value));
	assert_has(text, "key=inode:11113851515821883393 kind=inode ino=11113851515821883393 type=file "
	                 "birth=101112131415161718191a1b1c1d1e1f ");
	assert_has(text, "mode{permissions=0644 acl_bytes=0 stamp=5:8877665544332211:1 } ");
	assert_has(text, "mtime{time=2026-11-29T15:34:36.000000005Z stamp=6:8877665544332211:1 } ");
	assert_has(text,
	           "place{life=5:8877665544332211:1 where{stamp=5:8877665544332211:1 directory=1 name=a.txt seat{stamp="
	           "5:8877665544332211:1 handed_on=0 } } } ");
	assert_has(text, "versions{-{id=6:8877665544332211:1:358efe79ef5467ebe5c96423127ecd26 gone=no ");
	assert_has(text, "contents=inline size=3 time=2026-11-29T15:34:36.000000000Z } } ");
	assert_null(strstr(text, "hi\n"));
	assert_null(strstr(text, "68690a"));
	assert_null(strstr(text, "error"));
	assert_null(strstr(text, "breaks_a_rule"));
}

static void a_file_key_is_not_shown(void **state)
{
	(void)state;
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(version_rec_free) struct version_rec v = version_of(7, vid(5, 1, 9), "");
	uint8_t payload[VERSION_PAYLOAD];
	memset(payload, 0x11, ID_LEN);
	memset(payload + ID_LEN, 0x5e, sizeof(payload) - ID_LEN);
	v.contents = CONTENTS_ID;
	v.size = 5000000;
	buf_put(&v.payload, payload, sizeof(payload));
	version_write(&r, &v);
	struct shared_key key = shared_key_version(SHARED_SIBLING, 7, v.id);
	const char *text = printed(shared_key_span(&key), &r);
	assert_has(text, "kind=sibling versions{-{");
	assert_has(text, "contents=content size=5000000 ");
	assert_has(text, "content=11111111111111111111111111111111 file_key=(secret) ");
	assert_hides(text, payload + ID_LEN, 32);
}

static void a_link_says_where_it_is_and_who_took_it_away(void **state)
{
	(void)state;
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(link_rec_free) struct link_rec l = link_of(7, 8, at(5, 1), "b");
	struct replacement *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	p->by = (struct partner){ 9, 10, at(8, 2) };
	l.replaced = p;
	l.replaced_n = 1;
	l.is_removed = true;
	l.removed.stamp = at(6, 1);
	l.removed.written = at(7, 1);
	assert_true(version_set_add(&l.removed.seen, vid(4, 3, 2)));
	l.where.seat = (struct seat){ at(2, 1), 3 };
	l.where.has_back = true;
	l.where.back = (struct spot){ 11, name_of("before") };
	l.where.has_half = true;
	l.where.half = (struct half){ { 12, 0, at(5, 1) }, { 13, name_of("old") }, { at(1, 1), 0 } };
	place_write(&r, &l);
	struct shared_key key = shared_key_number(SHARED_LINK, 7, 8);
	const char *text = printed(shared_key_span(&key), &r);
	assert_has(text, "seat{stamp=2:0000000000000001:1 handed_on=3 } back{directory=11 name=before } ");
	assert_has(text, "half_of_exchange{with_ino=12 with_link=0 with_life=5:0000000000000001:1 before{directory=13 "
	                 "name=old } ");
	assert_has(text, "removed{stamp=6:0000000000000001:1 written=7:0000000000000001:1 seen=1 first_seen{=4:");
	assert_has(text, "replaced{-{by_ino=9 by_link=10 by_life=8:0000000000000002:1 seen=0 } } ");
}

static void an_attribute_has_its_name_and_length(void **state)
{
	(void)state;
	cleanup(record_free) struct record r = RECORD_INIT;
	struct xattr_value x = { .ino = 7, .hash = 9, .name = name_of("user.colour"), .stamp = at(5, 1) };
	buf_put(&x.value, "reddish", 7);
	xattr_map_write(&r, &x);
	buf_free(&x.value);
	struct shared_key key = shared_key_number(SHARED_XATTR, 7, 9);
	const char *text = printed(shared_key_span(&key), &r);
	assert_has(text, "attributes{-{name=user.colour stamp=5:0000000000000001:1 removed=no bytes=7 } } ");
	assert_null(strstr(text, "reddish"));
}

static void a_symlink_says_where_it_goes(void **state)
{
	(void)state;
	cleanup(record_free) struct record r = RECORD_INIT;
	const struct inode_head h = { .ino = 7, .type = S_IFLNK >> 12, .birth = { { 1 } } };
	cleanup(version_rec_free) struct version_rec v = version_of(7, vid(5, 1, 9), "../there");
	inode_head_write(&r, &h);
	version_write(&r, &v);
	struct shared_key key = shared_key_ino(SHARED_INODE, 7);
	assert_has(printed(shared_key_span(&key), &r), "target=../there ");
}

/* -- what is not known ------------------------------------------------------------------------------------------- */

static void what_is_not_known_is_told_by_its_class(void **state)
{
	(void)state;
	cleanup(record_free) struct record r = RECORD_INIT;
	const struct inode_head h = { .ino = 7, .type = S_IFREG >> 12, .birth = { { 1 } } };
	inode_head_write(&r, &h);
	group_value(&r, 12, SOME, BYTES("later"));
	key_put(&r, 40, BYTES("x"));
	struct shared_key key = shared_key_ino(SHARED_INODE, 7);
	assert_has(printed(shared_key_span(&key), &r),
	           "groups_not_known{-{group=12 class=value stamp=5:8877665544332211:1 bytes=5 } -{group=40 class=map "
	           "keys=1 } } ");
	assert_has(printed(BYTES("\x7f\x01"), &r),
	           "key=unknown:7f01 kind=unknown groups_not_known{-{group=1 class=value ");
}

static void what_breaks_a_rule_says_so(void **state)
{
	(void)state;
	cleanup(record_free) struct record r = RECORD_INIT;
	group_value(&r, GROUP_PLACE, SOME, BYTES("no place"));
	struct shared_key key = shared_key_ino(SHARED_INODE, 7);
	assert_has(printed(shared_key_span(&key), &r), "breaks_a_rule=yes ");
	assert_has(value_of(&(struct vault_name){ .kind = SHARED_CONTENT, .id = { { 1 } } }, BYTES("?")),
	           "breaks_a_rule=yes groups_not_known{-{group=1 class=value stamp=zero bytes=1 } } ");
	assert_has(printed_record(shared_key_span(&key), BYTES("\x03later")), "bytes=6 error=");
	assert_has(printed_record(shared_key_span(&key), BYTES("\x02garbage")), "bytes=8 error=");
}

/* -- vault ------------------------------------------------------------------------------------------------------- */

static void contents_and_their_windows(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf child = BUF_INIT, window = BUF_INIT;
	struct window_extent x[] = { { 0, 100, { { 3 } }, 5 }, { 200, 10, { { 4 } }, 0 } };
	ok(content_put(&child, &(struct content_rec){ true, { { 2 } }, 4096 }));
	ok(content_put_extents(&window, &(struct window_extents){ .v = x, .n = 2 }));
	assert_has(value_of(&(struct vault_name){ .kind = SHARED_CONTENT, .id = { { 1 } } }, buf_span(&child)),
	           "kind=content has_parent=yes parent=02000000000000000000000000000000 inherited_bytes=4096 ");
	assert_has(value_of(&(struct vault_name){ .kind = SHARED_EXTENTS, .id = { { 1 } } }, buf_span(&window)),
	           "extents=2 first_extents{-{offset=0 bytes=100 block=03000000000000000000000000000000 block_offset=5 "
	           "} -{");
}

static void a_segment_lists_its_blocks(void **state)
{
	(void)state;
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf facts = BUF_INIT;
	struct short_epoch epoch = { .number = 3 };
	struct segment_block block = { { { 0xcc } }, 1000, 0 };
	struct segment_facts s = { .epochs = &epoch, .epochs_n = 1, .blocks = &block, .blocks_n = 1 };
	struct vault_name n = { .kind = SHARED_SEGMENT };
	ok(segment_put_facts(&facts, &s));
	ok(segment_id(buf_span(&facts), &n.id));
	group_value(&r, 1, STAMP_ZERO, buf_span(&facts));
	group_value(&r, 2, SOME, SPAN(NULL, 0));
	assert_has(printed_vault(&n, &r),
	           "bytes=8192 blocks=1 first_blocks{-{block=cc000000000000000000000000000000 bytes=1000 epoch=3 } } "
	           "condemned_by=5:8877665544332211:1 condemned=not any more ");
}

static void history_says_what_it_was(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf spot = BUF_INIT, owner = BUF_INIT;
	buf_u64(&spot, 1700000000);
	buf_put(&spot, "\0\7\0\0\0\0\0\0\0\1a", 11);
	buf_u64(&owner, 1700000000);
	attr_put_u32(&owner, 1000);
	assert_has(value_of(&(struct vault_name){ .kind = SHARED_PLACE, .ino = 5, .group = 2, .stamp = SOME },
	                    buf_span(&spot)),
	           "changed=2023-11-14T22:13:20.000000000Z directory=7 name=a ");
	assert_has(value_of(&(struct vault_name){ .kind = SHARED_PLACE, .ino = 5, .group = 4, .stamp = SOME },
	                    buf_span(&owner)),
	           "uid{id=1000 stamp=5:8877665544332211:1 } ");
}

static void members_keep_their_secrets(void **state)
{
	(void)state;
	cleanup(record_free) struct record device = RECORD_INIT, epoch = RECORD_INIT;
	uint8_t secret[32];
	memset(secret, 0x7d, sizeof(secret));
	key_put(&device, 1, SPAN(secret, 32));
	group_value(&device, 2, SOME, BYTES("desk"));
	key_put(&epoch, 2, SPAN(secret, 32));
	const char *text = printed_vault(&(struct vault_name){ .kind = SHARED_DEVICE, .id = { { 1 } } }, &device);
	assert_has(text, "kind=device name=desk mix_key=(secret) ");
	assert_hides(text, secret, 32);
	text = printed_vault(&(struct vault_name){ .kind = SHARED_EPOCH, .number = 1, .hash = { { 1 } } }, &epoch);
	assert_has(text, "kind=epoch root=(secret) ");
	assert_hides(text, secret, 32);
}

static void a_statement_says_what_it_does(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf said = BUF_INIT;
	uint8_t sig[SIGNER_SIG] = { 1 };
	struct vault_name n = { .kind = SHARED_STATEMENT };
	struct signer_said s = {
		.kind = SIGNER_RULES, .signer = { { 2 } }, .number = 1, .time = 1700000000, .sig = sig
	};
	s.body = BYTES("\x09\0\0\0");
	ok(signer_put_statement(&said, &s));
	ok(signer_statement_hash(buf_span(&said), &n.hash));
	assert_has(value_of(&n, buf_span(&said)),
	           "statement=rules critical=no signer=02000000000000000000000000000000 number=1 "
	           "time=2023-11-14T22:13:20.000000000Z rules=9 ");
}

/* -- local ------------------------------------------------------------------------------------------------------- */

static void who_claims_a_name(void **state)
{
	(void)state;
	cleanup(claims_free) struct claims c = { 0 };
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct claim one = { S_IFREG >> 12, 7, 0, name_of("a") };
	struct shown_key key = shown_key_2(SHOWN_NAMES, 1, 9), special = shown_key_2(SHOWN_SPECIAL, 1, 9);
	ok(claims_add(&c, &one));
	ok(claims_encode(&c, &value));
	assert_has(printed_record(shown_key_span(&key), buf_span(&value)),
	           "key=names:1:0000000000000009 kind=names claims{-{name=a type=file ino=7 link=0 } } ");
	assert_has(printed_record(shown_key_span(&key), BYTES("?")), "error=");
	assert_has(printed_record(shown_key_span(&special), BYTES("")), "kind=special ");
}

static void what_a_set_says_is_a_record(void **state)
{
	(void)state;
	cleanup(record_free) struct record r = RECORD_INIT;
	const struct inode_head h = { .ino = 7, .type = S_IFDIR >> 12, .birth = { { 1 } } };
	struct shared_key key = shared_key_ino(SHARED_INODE, 7);
	uint8_t set[16] = { SAID_A };
	memcpy(set + 1, key.b, key.len);
	inode_head_write(&r, &h);
	assert_has(printed(SPAN(set, 1u + key.len), &r), "key=set-a:inode:7 kind=inode ino=7 type=directory ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_go_both_ways),
		cmocka_unit_test(malformed_keys_are_refused),
		cmocka_unit_test(each_kind_has_one_meaning),
		cmocka_unit_test(the_example_of_the_format),
		cmocka_unit_test(a_file_key_is_not_shown),
		cmocka_unit_test(a_link_says_where_it_is_and_who_took_it_away),
		cmocka_unit_test(an_attribute_has_its_name_and_length),
		cmocka_unit_test(a_symlink_says_where_it_goes),
		cmocka_unit_test(what_is_not_known_is_told_by_its_class),
		cmocka_unit_test(what_breaks_a_rule_says_so),
		cmocka_unit_test(contents_and_their_windows),
		cmocka_unit_test(a_segment_lists_its_blocks),
		cmocka_unit_test(history_says_what_it_was),
		cmocka_unit_test(members_keep_their_secrets),
		cmocka_unit_test(a_statement_says_what_it_does),
		cmocka_unit_test(who_claims_a_name),
		cmocka_unit_test(what_a_set_says_is_a_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
