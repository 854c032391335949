/* SPDX-License-Identifier: MIT
 * What the change of a record of format 1 is in the tree.
 */
#include "fs/core/inode_value.h"
#include "fs/core/record.h"
#include "tests/unit/fs_util.h"

#define NO_VALUE SPAN(NULL, 0)

static void inode_bytes(uint32_t mode, uint8_t version, struct buf *out)
{
	struct inode in = { .ino = 5, .birth = { { 1 } }, .mode = mode };
	memset(in.version.b, version, ID_LEN);
	inode_value_encode(&in, out);
	assert_int_equal(buf_ok(out), ERR_OK);
}

/* the_kind: of the one change that this change of inode 5's record is. */
static int the_kind(struct span before, struct span after)
{
	struct tree_change list[TREE_CHANGES_MAX];
	struct rkey k = key_ino(REC_INODE, 5);
	assert_int_equal(tree_changes_of(rkey_span(&k), before, after, list), 1);
	assert_true(list[0].ino == 5);
	return list[0].kind;
}

static void the_version_tells_contents_from_attributes(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf a = BUF_INIT, same = BUF_INIT, other = BUF_INIT, dir = BUF_INIT;
	inode_bytes(S_IFREG | 0644, 1, &a);
	inode_bytes(S_IFREG | 0600, 1, &same);
	inode_bytes(S_IFREG | 0644, 2, &other);
	inode_bytes(S_IFDIR | 0755, 1, &dir);
	assert_int_equal(the_kind(buf_span(&a), buf_span(&same)), TREE_ATTRS);
	assert_int_equal(the_kind(buf_span(&a), buf_span(&other)), TREE_CONTENTS);
	assert_int_equal(the_kind(buf_span(&dir), buf_span(&dir)), TREE_CONTENTS);
	assert_int_equal(the_kind(NO_VALUE, buf_span(&a)), TREE_CONTENTS);
	assert_int_equal(the_kind(buf_span(&a), NO_VALUE), TREE_CONTENTS);
	assert_int_equal(the_kind(span_str("damaged"), buf_span(&a)), TREE_CONTENTS);
	assert_int_equal(the_kind(buf_span(&a), span_str("damaged")), TREE_CONTENTS);
}

static bool has_entry(const struct tree_change *list, size_t n, const char *name, uint64_t before, uint64_t after)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].kind == TREE_ENTRY && list[i].ino == 7 && !span_cmp(list[i].name, span_str(name)))
			return list[i].before == before && list[i].after == after;
	return false;
}

static void entries_are_compared_by_name(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	struct tree_change list[TREE_CHANGES_MAX];
	struct dirent_rec before[] = { { span_str("gone"), 5, S_IFREG },
		                       { span_str("kept"), 6, S_IFREG },
		                       { span_str("moved"), 7, S_IFREG } };
	struct dirent_rec after[] = { { span_str("kept"), 6, S_IFREG },
		                      { span_str("moved"), 8, S_IFREG },
		                      { span_str("new"), 9, S_IFREG } };
	struct rkey k = key_ino_hash(REC_DIRENT, 7, 1);
	dirent_encode(before, 3, &a);
	dirent_encode(after, 3, &b);
	assert_int_equal(tree_changes_of(rkey_span(&k), buf_span(&a), buf_span(&b), list), 3);
	assert_true(has_entry(list, 3, "gone", 5, 0));
	assert_true(has_entry(list, 3, "moved", 7, 8));
	assert_true(has_entry(list, 3, "new", 0, 9));
	assert_int_equal(tree_changes_of(rkey_span(&k), NO_VALUE, buf_span(&b), list), 3);
	assert_true(has_entry(list, 3, "kept", 0, 6));
	assert_int_equal(tree_changes_of(rkey_span(&k), buf_span(&a), NO_VALUE, list), 3);
	assert_true(has_entry(list, 3, "kept", 6, 0));
	assert_int_equal(tree_changes_of(rkey_span(&k), buf_span(&a), span_str("damaged"), list), 0);
}

/* other_names: sixteen entries, none of them in a list with another first letter. */
static void other_names(char first, struct buf *out)
{
	char name[DIRENT_TIES_MAX][3];
	struct dirent_rec d[DIRENT_TIES_MAX];
	for (unsigned i = 0; i < DIRENT_TIES_MAX; i++) {
		name[i][0] = first;
		name[i][1] = (char)('a' + i);
		name[i][2] = 0;
		d[i] = (struct dirent_rec){ span_str(name[i]), 10 + i, S_IFREG };
	}
	dirent_encode(d, DIRENT_TIES_MAX, out);
	assert_int_equal(buf_ok(out), ERR_OK);
}

static void one_record_has_room_for_all_its_changes(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	struct tree_change list[TREE_CHANGES_MAX];
	struct rkey k = key_ino_hash(REC_DIRENT, 7, 1);
	other_names('a', &a);
	other_names('b', &b);
	assert_int_equal(tree_changes_of(rkey_span(&k), buf_span(&a), buf_span(&b), list), TREE_CHANGES_MAX);
}

static void an_xattr_is_an_attribute_and_others_say_nothing(void **state)
{
	(void)state;
	struct tree_change list[TREE_CHANGES_MAX];
	struct rkey x = key_ino_hash(REC_XATTR, 5, 3), c = key_ino(REC_COUNT, 5);
	assert_int_equal(tree_changes_of(rkey_span(&x), NO_VALUE, span_str("any"), list), 1);
	assert_true(list[0].kind == TREE_ATTRS && list[0].ino == 5);
	assert_int_equal(tree_changes_of(rkey_span(&c), NO_VALUE, span_str("any"), list), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_tells_contents_from_attributes),
		cmocka_unit_test(entries_are_compared_by_name),
		cmocka_unit_test(one_record_has_room_for_all_its_changes),
		cmocka_unit_test(an_xattr_is_an_attribute_and_others_say_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
