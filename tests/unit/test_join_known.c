/* SPDX-License-Identifier: MIT
 * Records under their keys: what a commit may say of each kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

#include "tests/unit/join_util.h"
#include "vault/join/known.h"

#define DIR "0700000000000000"
#define STAMP_HEX "050a0000000000000001"
#define TAG "000102030405060708090a0b0c0d0e0f"
#define SELF "01010100"                        /* root: its own */
#define EMPTY "0401000a 0000 0000000000000000" /* contents: none */

static void test_keys(void **state)
{
	(void)state;
	struct shared_key k = shared_key_version(SHARED_VERSION, 7, vid(3, 4, 5)),
	                  first = shared_key_ino(SHARED_INODE, 255);
	struct shared_key next = shared_key_ino(SHARED_INODE, 256), link = shared_key_number(SHARED_LINK, 7, 8);
	struct shared_name n;
	ok(shared_key_parse(shared_key_span(&k), &n));
	assert_true(n.kind == SHARED_VERSION && n.ino == 7 && version_id_cmp(n.version, vid(3, 4, 5)) == 0);
	ok(shared_key_parse(shared_key_span(&link), &n));
	assert_true(n.kind == SHARED_LINK && n.ino == 7 && n.number == 8);
	assert_true(span_cmp(shared_key_span(&first), shared_key_span(&next)) < 0);
	assert_int_equal(shared_key_parse(SPAN(k.b, k.len - 1u), &n), ERR_DAMAGED);
	assert_int_equal(shared_key_parse(SPAN(k.b, k.len + 1u), &n), ERR_DAMAGED);
	assert_int_equal(shared_key_parse(SPAN(NULL, 0), &n), ERR_NOTFOUND);
	assert_int_equal(shared_key_parse(SPAN("\x45", 1), &n), ERR_NOTFOUND);
	link = shared_key_number(SHARED_LINK, 7, 0);
	assert_int_equal(shared_key_parse(shared_key_span(&link), &n), ERR_DAMAGED);
	first = shared_key_ino(SHARED_INODE, 0);
	assert_int_equal(shared_key_parse(shared_key_span(&first), &n), ERR_DAMAGED);
}

static err_t known(struct shared_key key, const char *hex)
{
	cleanup(buf_free) struct buf bytes = from_hex(hex);
	return known_check(shared_key_span(&key), buf_span(&bytes));
}

#define IDENTITY(type) "010100 11" TAG type
#define NO_BIRTH "010100 11 0000000000000000 0000000000000000"
#define WHERE "020301 01 0101010b 00" DIR "0161"
#define VERSION1 "0a04 01 01" TAG "02" SELF EMPTY
#define GONE1 "0a04 01 01" TAG "01 03010000"
#define STAMPED "02 01" STAMP_HEX

static void test_inodes(void **state)
{
	(void)state;
	static const char *const good[] = {
		STAMPED "03" IDENTITY("08") WHERE VERSION1,        /* a file */
		STAMPED "02" IDENTITY("04") WHERE,                 /* a directory */
		STAMPED "03" IDENTITY("02") WHERE "060100 08" DIR, /* a device */
		"02 00 01" IDENTITY("08"),
		STAMPED "01" WHERE,
		("02 00 01 060100 08" DIR),
		"02 00 01 0c010000", /* a group of a later version */
	};
	static const char *const bad[] = {
		STAMPED "03" IDENTITY("04") WHERE VERSION1,
		"02 00 01" IDENTITY("18"), /* a type of which only the low bits are one */
		STAMPED "03" IDENTITY("08") WHERE "060100 08" DIR,
		STAMPED "01" GONE1,
		STAMPED "01 0a04 02 00" TAG "00 01" TAG "00",
		"02 00 01 0a010000",
		"02 00 01 09010000", /* groups that nobody may have */
		"02 00 01 0b010000",
	};
	struct shared_key file = shared_key_ino(SHARED_INODE, 7);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (known(file, good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (known(file, bad[i]) != ERR_DAMAGED)
			fail_msg("accepted: %s", bad[i]);
}

static void test_root(void **state)
{
	(void)state;
	struct shared_key root = shared_key_ino(SHARED_INODE, INO_ROOT), lost = shared_key_ino(SHARED_INODE, INO_LOST);
	ok(known(root, "02 00 01" NO_BIRTH "04"));
	assert_int_equal(known(root, "02 00 01" IDENTITY("04")), ERR_DAMAGED);
	assert_int_equal(known(root, "02 00 01" NO_BIRTH "08"), ERR_DAMAGED);
	assert_int_equal(known(root, STAMPED "02" NO_BIRTH "04" WHERE), ERR_DAMAGED);
	assert_int_equal(known(root, STAMPED "01" VERSION1), ERR_DAMAGED);
	assert_int_equal(known(shared_key_number(SHARED_LINK, INO_ROOT, 8), STAMPED "01" WHERE), ERR_DAMAGED);
	assert_int_equal(known(lost, STAMPED "02" IDENTITY("04") WHERE), ERR_DAMAGED);
	assert_int_equal(known(shared_key_number(SHARED_XATTR, INO_LOST, 8), "02 00 01 0c010000"), ERR_DAMAGED);
	ok(known(shared_key_number(SHARED_XATTR, INO_ROOT, 8), "02 00 01 0c010000"));
}

static void test_others(void **state)
{
	(void)state;
	struct version_id id = { at(5, 10), { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } } };
	struct shared_key link = shared_key_number(SHARED_LINK, 7, 8),
	                  sibling = shared_key_version(SHARED_SIBLING, 7, id);
	struct shared_key gone = shared_key_version(SHARED_VERSION, 7, id),
	                  xattr = shared_key_number(SHARED_XATTR, 7, 8);
	struct shared_key other = shared_key_version(SHARED_SIBLING, 7, vid(5, 10, 1));
	ok(known(link, STAMPED "01" WHERE));
	ok(known(link, "02 00 01 0c010000"));
	assert_int_equal(known(link, "02 00 01 01010000"), ERR_DAMAGED);
	ok(known(sibling, STAMPED "01" VERSION1));
	assert_int_equal(known(other, STAMPED "01" VERSION1), ERR_DAMAGED);
	assert_int_equal(known(sibling, STAMPED "01" GONE1), ERR_DAMAGED);
	assert_int_equal(known(sibling, STAMPED "02" VERSION1 "63010000"), ERR_DAMAGED);
	assert_int_equal(known(sibling, "02 00 01 01010000"), ERR_DAMAGED);
	ok(known(gone, STAMPED "01" GONE1));
	assert_int_equal(known(gone, STAMPED "01" VERSION1), ERR_DAMAGED);
	ok(known(xattr, "02 00 01 63010000"));
	assert_int_equal(known(xattr, "02 00 01 02010000"), ERR_DAMAGED);
	assert_int_equal(known(xattr, "02 00 01 01010000"), ERR_DAMAGED);
	/* of a kind that this program does not know it only must be a record */
	ok(known(shared_key_kind((enum shared_kind)0x4f), "02 00 01 63010000"));
	assert_int_equal(known(shared_key_kind((enum shared_kind)0x4f), "02 00"), ERR_DAMAGED);
}

/* What nobody here can read may be of a kind that is not known, and of no other. */
static void test_later(void **state)
{
	static const char *const
	        keys[] = { "40 0000000000000007",
		           "40 0000000000000001",
		           "41 0000000000000007 0000000000000001",
		           "42 0000000000000007 0000000000000001 0000000000000001 0000000000000001 " TAG,
		           "43 0000000000000007 0000000000000001 0000000000000001 0000000000000001 " TAG,
		           "44 0000000000000007 0000000000000001",
		           "45 0000000000000007 02 0000000000000000 0000000000000001 0000000000000001 0000000000000001",
		           "46 " TAG,
		           "47 " TAG "00000000",
		           "48 " TAG,
		           "50",
		           "51",
		           "52 " TAG TAG,
		           "53 " TAG,
		           "54 " TAG,
		           "55 00000002 " TAG TAG,
		           "40 0000000000000007 00",
		           "48 " TAG "00" },
	        *const unknown[] = { "49", "4f 01", "56", "7f 01" };
	const struct span later = SPAN("\x03\xff", 2), now = SPAN("\x02\x00\x01\x63\x01\x00\x00", 7);
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		cleanup(buf_free) struct buf key = from_hex(keys[i]);
		assert_int_equal(known_check(buf_span(&key), later), ERR_DAMAGED);
		assert_int_equal(known_form(buf_span(&key), later), ERR_DAMAGED);
		assert_int_equal(known_form(buf_span(&key), now), i + 2 < ARRAY_LEN(keys) ? ERR_OK : ERR_DAMAGED);
	}
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		cleanup(buf_free) struct buf key = from_hex(unknown[i]);
		assert_int_equal(known_check(buf_span(&key), later), ERR_VERSION);
		ok(known_form(buf_span(&key), later));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),   cmocka_unit_test(test_inodes), cmocka_unit_test(test_root),
		cmocka_unit_test(test_others), cmocka_unit_test(test_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
