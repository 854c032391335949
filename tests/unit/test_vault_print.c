/* SPDX-License-Identifier: MIT
 * What is printed of records: keys as text both ways, the values that people look for, and never a secret.
 */
#include "vault/print/key_text.h"
#include "vault/records/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/print_util.h"

/* printed: until the next call. */
static const char *printed(struct rkey key, struct buf *value)
{
	assert_int_equal(buf_ok(value), ERR_OK);
	const char *text = printed_record(rkey_span(&key), buf_span(value));
	buf_free(value);
	return text;
}

static void keys_go_both_ways(void **state)
{
	(void)state;
	struct id id;
	struct hash hash;
	memset(id.b, 0xab, sizeof(id));
	memset(hash.b, 0xcd, sizeof(hash));
	const struct rkey keys[] = { key_kind(REC_SUPER),
		                     key_ino(REC_INODE, 1),
		                     key_ino(REC_INODE, UINT64_MAX),
		                     key_ino_hash(REC_DIRENT, 7, 0xc0ffee),
		                     key_link(2, 1, 3),
		                     key_extents(id, 9),
		                     key_id(REC_BLOCK, id),
		                     key_epoch(3, hash) };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char text[KEY_TEXT_MAX];
		struct rkey again;
		key_text_format(rkey_span(&keys[i]), text);
		assert_int_equal(key_text_parse(VAULT_FORMAT_1, text, &again, NULL), ERR_OK);
		assert_int_equal(again.len, keys[i].len);
		assert_memory_equal(again.b, keys[i].b, again.len);
	}
	struct rkey prefix;
	assert_int_equal(key_text_parse(VAULT_FORMAT_1, "dirent:1", &prefix, NULL), ERR_OK);
	assert_int_equal(prefix.len, 9);
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
		                           "extents:zz000000000000000000000000000000",
		                           "dirent:1:c0ffee",
		                           "epoch:4294967296",
		                           "nothing",
		                           "inodes:1" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rkey key;
		struct why why = { 0 };
		assert_int_equal(key_text_parse(VAULT_FORMAT_1, bad[i], &key, &why), ERR_INVAL);
		assert_true(why.text[0]);
	}
	char text[KEY_TEXT_MAX];
	key_text_format(SPAN("\x10\x01", 2), text);
	assert_string_equal(text, "unknown:1001");
}

static void a_file_is_shown_without_its_key_and_contents(void **state)
{
	(void)state;
	struct inode_rec in = { .ino = 42, .mode = S_IFREG | 0640, .uid = OWNER_SELF, .gid = 100, .size = 5 };
	struct buf value = BUF_INIT;
	memset(in.birth.b, 1, sizeof(in.birth));
	memset(in.version.b, 2, sizeof(in.version));
	memset(in.file_key, 0x5e, sizeof(in.file_key));
	in.mtime = (struct timestamp){ 1700000000, 999999999 };
	in.inline_data = span_str("hello");
	inode_encode(&in, &value);
	const char *text = printed(key_ino(REC_INODE, 42), &value);
	assert_has(text, "key=inode:42 kind=inode ino=42 mode=100640 uid=vault owner gid=100 size=5 ");
	assert_has(text, "mtime=2023-11-14T22:13:20.999999999Z ");
	assert_has(text, "inline_bytes=5 ");
	assert_has(text, "file_key=(secret) ");
	assert_hides(text, in.file_key, sizeof(in.file_key));
	assert_null(strstr(text, "hello"));
}

static void a_root_is_never_shown(void **state)
{
	(void)state;
	struct key root;
	struct hash id = { { 1 } };
	struct buf value = BUF_INIT;
	memset(root.b, 0x7d, sizeof(root.b));
	epoch_encode(&root, &value);
	const char *text = printed(key_epoch(1, id), &value);
	assert_has(text, "kind=epoch root=(secret) ");
	assert_hides(text, root.b, sizeof(root.b));
}

static void entries_have_names_and_numbers(void **state)
{
	(void)state;
	const struct dirent_rec list[] = { { span_str("a"), 2, S_IFREG }, { span_str("b"), 3, S_IFDIR } };
	struct buf value = BUF_INIT;
	dirent_encode(list, 2, &value);
	assert_has(printed(key_ino_hash(REC_DIRENT, 1, 9), &value),
	           "entries{-{name=a ino=2 type=file } -{name=b ino=3 type=directory } }");
}

static void what_cannot_be_decoded_says_so(void **state)
{
	(void)state;
	struct buf value = BUF_INIT;
	buf_put(&value, "\x01garbage", 8);
	const char *text = printed(key_ino(REC_INODE, 1), &value);
	assert_has(text, "bytes=8 error=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_go_both_ways),
		cmocka_unit_test(malformed_keys_are_refused),
		cmocka_unit_test(a_file_is_shown_without_its_key_and_contents),
		cmocka_unit_test(a_root_is_never_shown),
		cmocka_unit_test(entries_have_names_and_numbers),
		cmocka_unit_test(what_cannot_be_decoded_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
